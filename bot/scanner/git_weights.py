"""How large many blobs of a repository are, and how small git stores them, looked up in one process."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, TypeAlias

from bot.scanner.git_command import GitError, Repository, environment

Weight: TypeAlias = tuple[int, int]
"""Bytes of a blob, and of git's compressed copy of it, or of what tells it from a similar blob."""

_WEIGHT = "%(objecttype) %(objectsize) %(objectsize:disk)"


class Weighing:
    """One `git cat-file` that looks up sizes beside whatever else is done until they are needed.

    Its answers, some twenty bytes each, go to an unnamed file: a pipe that nobody empties would hold git up, and us who
    ask it, and a thread that empties one waits for its turn again and again.
    """

    def __init__(self, repository: Repository) -> None:
        """Raises GitError where git cannot be started."""
        self._repository = repository
        self._asked: list[str] = []
        self._answers = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process that writes it
        command = repository.command("cat-file", f"--batch-check={_WEIGHT}", "--buffer")
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=self._answers,
                stderr=subprocess.DEVNULL,
                env=environment(),
                bufsize=0,
            )
        except OSError as error:
            self._answers.close()
            raise GitError(f"git could not be started: {error.strerror}; install git and try again") from error
        self._close = weakref.finalize(self, _end, self._process, self._answers)

    def ask(self, oids: Iterable[str]) -> None:
        """Look these up too."""
        new = [*oids]
        if not new:
            return
        self._asked += new
        questions = memoryview(("\n".join(new) + "\n").encode("ascii", "replace"))
        with contextlib.suppress(OSError):  # git has ended; its exit status says why
            while questions and self._process.stdin is not None:
                questions = questions[self._process.stdin.write(questions) :]

    def weights(self) -> Mapping[str, Weight | None]:
        """The weights of all that was asked for; None for what is not here or is no blob. Raises GitError."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        ended_badly = self._process.wait() != 0
        self._answers.seek(0)
        weights = _weights(self._answers.read())
        self._close()
        if ended_badly or len(weights) != len(self._asked):
            return self._of_what_is_here()
        return dict(zip(self._asked, weights, strict=True))

    def _of_what_is_here(self) -> Mapping[str, Weight | None]:
        """The same in a partial clone, where git ends at the first object that it would have to fetch (before 2.44)."""
        form = f"--batch-check=%(objectname) {_WEIGHT}"
        listed = self._repository.run("cat-file", "--batch-all-objects", "--unordered", "--buffer", form)
        here = {words[0].decode("ascii"): _weight(words[1:]) for words in map(bytes.split, listed.splitlines())}
        return {oid: here.get(oid) for oid in self._asked}


def _weights(answers: bytes) -> Sequence[Weight | None]:
    """A weight for each line; as a rule all of them are of blobs, which is told of them together."""
    words, lines = answers.split(), answers.count(b"\n")
    if len(words) == 3 * lines and words[::3].count(b"blob") == lines:
        return list(zip(map(int, words[1::3]), map(int, words[2::3]), strict=True))
    return [_weight(line.split()) for line in answers.splitlines()]


def _weight(words: Sequence[bytes]) -> Weight | None:
    return (int(words[1]), int(words[2])) if len(words) == 3 and words[0] == b"blob" else None


def _end(process: subprocess.Popen[bytes], answers: IO[bytes]) -> None:
    process.kill()
    process.wait()
    answers.close()
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
