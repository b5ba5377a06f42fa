"""How large many blobs of a repository are, and how small git stores them, looked up in one process."""

from __future__ import annotations

import subprocess
import tempfile
import weakref
from collections.abc import Sequence
from typing import IO, TypeAlias

from bot.scanner.git_command import GitError, Repository, environment

Weight: TypeAlias = tuple[int, int]
"""Bytes of a blob, and of git's compressed copy of it, or of what tells it from a similar blob."""

_WEIGHT = "%(objecttype) %(objectsize) %(objectsize:disk)"


class Weighing:
    """One `git cat-file` that looks up sizes beside whatever else is done until they are needed.

    Questions and answers lie in unnamed temporary files: a pipe would hold git up as soon as it is full.
    """

    def __init__(self, repository: Repository, oids: Sequence[str]) -> None:
        """Raises GitError where git cannot be started."""
        self._repository = repository
        self._oids = oids
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as this
        command = repository.command("cat-file", f"--batch-check={_WEIGHT}", "--buffer")
        with tempfile.TemporaryFile() as questions:
            questions.write("".join(f"{oid}\n" for oid in oids).encode("ascii", "replace"))
            questions.seek(0)
            try:
                self._process = subprocess.Popen(
                    command, stdin=questions, stdout=self._output, stderr=subprocess.DEVNULL, env=environment()
                )
            except OSError as error:
                raise GitError(f"git could not be started: {error.strerror}; install git and try again") from error
        self._close = weakref.finalize(self, _end, self._process, self._output)

    def answers(self) -> Sequence[Weight | None]:
        """The weights in the order of the ids; None for what is not here or is no blob. Raises GitError."""
        ended_badly = self._process.wait() != 0
        self._output.seek(0)
        answer = self._output.read()
        self._close()
        if ended_badly:
            return self._of_what_is_here()
        words = answer.split()
        count = len(self._oids)
        if len(words) == 3 * count and words[::3].count(b"blob") == count:
            return list(zip(map(int, words[1::3]), map(int, words[2::3]), strict=True))
        return [_weight(line.split()) for line in answer.split(b"\n")[:count]]

    def _of_what_is_here(self) -> Sequence[Weight | None]:
        """The same in a partial clone, where git ends at the first object that it would have to fetch (before 2.44)."""
        form = f"--batch-check=%(objectname) {_WEIGHT}"
        listed = self._repository.run("cat-file", "--batch-all-objects", "--unordered", "--buffer", form)
        wanted = {oid.encode("ascii", "replace") for oid in self._oids}
        lines = (line.split() for line in listed.splitlines())
        here = {words[0]: _weight(words[1:]) for words in lines if words[0] in wanted}
        return [here.get(oid.encode("ascii", "replace")) for oid in self._oids]


def _weight(words: Sequence[bytes]) -> Weight | None:
    return (int(words[1]), int(words[2])) if len(words) == 3 and words[0] == b"blob" else None


def _end(process: subprocess.Popen[bytes], output: IO[bytes]) -> None:
    process.kill()
    process.wait()
    output.close()
