"""How large many blobs of a repository are, and how small git stores them, looked up in one process."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, TypeAlias

from bot.scanner.git_command import GitError, Repository, environment

Weight: TypeAlias = tuple[int, int]
"""Bytes of a blob, and of git's compressed copy of it, or of what tells it from a similar blob."""

_WEIGHT = "%(objecttype) %(objectsize) %(objectsize:disk)"
_PIPE = 256 * 1024
"""Bytes read from git at once."""


class Weighing:
    """One `git cat-file` that looks up sizes beside whatever else is done until they are needed.

    A thread takes its answers as they come: a pipe that nobody empties would hold git up, and us who ask it.
    """

    def __init__(self, repository: Repository) -> None:
        """Raises GitError where git cannot be started."""
        self._repository = repository
        self._asked: dict[str, None] = {}
        self._weights: list[Weight | None] = []
        command = repository.command("cat-file", f"--batch-check={_WEIGHT}", "--buffer")
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
            )
        except OSError as error:
            raise GitError(f"git could not be started: {error.strerror}; install git and try again") from error
        self._taking = threading.Thread(target=_take, args=(self._process.stdout, self._weights), daemon=True)
        self._taking.start()
        self._close = weakref.finalize(self, _end, self._process, self._taking)

    def ask(self, oids: Iterable[str]) -> None:
        """Look these up too; each is looked up once."""
        new = [oid for oid in dict.fromkeys(oids) if oid not in self._asked]
        self._asked.update(dict.fromkeys(new))
        questions = "".join(f"{oid}\n" for oid in new).encode("ascii", "replace")
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # git has ended; its exit status says why
                self._process.stdin.write(questions)

    def weights(self) -> Mapping[str, Weight | None]:
        """The weights of all that was asked for; None for what is not here or is no blob. Raises GitError."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._taking.join()
        ended_badly = self._process.wait() != 0
        self._close()
        if ended_badly or len(self._weights) != len(self._asked):
            return self._of_what_is_here()
        return dict(zip(self._asked, self._weights, strict=True))

    def _of_what_is_here(self) -> Mapping[str, Weight | None]:
        """The same in a partial clone, where git ends at the first object that it would have to fetch (before 2.44)."""
        form = f"--batch-check=%(objectname) {_WEIGHT}"
        listed = self._repository.run("cat-file", "--batch-all-objects", "--unordered", "--buffer", form)
        here = {words[0].decode("ascii"): _weight(words[1:]) for words in map(bytes.split, listed.splitlines())}
        return {oid: here.get(oid) for oid in self._asked}


def _take(answers: IO[bytes] | None, weights: list[Weight | None]) -> None:
    """Read what git answers to its end."""
    rest = b""
    while answers is not None and (chunk := answers.read1(_PIPE)):  # type: ignore[attr-defined]
        whole, _, rest = (rest + chunk).rpartition(b"\n")
        weights += _weights(whole)


def _weights(answer: bytes) -> Iterable[Weight | None]:
    """Of one chunk of lines; as a rule all of them are of blobs, which is told of them together."""
    if not answer:
        return ()
    words, lines = answer.split(), answer.count(b"\n") + 1
    if len(words) == 3 * lines and words[::3].count(b"blob") == lines:
        return zip(map(int, words[1::3]), map(int, words[2::3]), strict=True)
    return [_weight(line.split()) for line in answer.split(b"\n")]


def _weight(words: Sequence[bytes]) -> Weight | None:
    return (int(words[1]), int(words[2])) if len(words) == 3 and words[0] == b"blob" else None


def _end(process: subprocess.Popen[bytes], taking: threading.Thread) -> None:
    process.kill()
    process.wait()
    taking.join()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
