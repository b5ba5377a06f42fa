"""Objects of a local repository: small ones through one long-lived process, large ones never whole in memory."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

from bot.scanner.git_command import Repository, environment
from bot.scanner.git_weights import Weighing, Weight
from bot.scanner.readers import BlobReader, BytesReader, UnreadableError
from bot.scanner.tree import Entry

WHOLE_LIMIT = 4 * 1024 * 1024
"""Bytes. A blob up to this size is read whole; of a larger one, reads that end within this distance
from its start cost one short-lived process, which was measured at 3 ms on a blob of 1.5 GB."""


_MISSING = "object {} is not in this repository (a partial clone lacks some)"
_PIPE = 1024 * 1024
"""Bytes read from git at once."""


class _Batch:
    """One `git cat-file` that answers a question a line for as long as it lives."""

    def __init__(self, repository: Repository, mode: str) -> None:
        # --buffer would make it answer late; without it each answer comes at once.
        self._process = subprocess.Popen(
            repository.command("cat-file", mode),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        self.close = weakref.finalize(self, _end, self._process)

    def ask(self, oid: str) -> tuple[str, int]:
        """Kind and size of an object; in mode --batch its bytes follow and must be taken by `take`."""
        questions, answers = self._pipes()
        try:
            questions.write(oid.encode("ascii") + b"\n")
            questions.flush()
        except (OSError, UnicodeEncodeError) as error:
            raise UnreadableError(f"git cat-file could not be asked for object {oid!r}") from error
        words = answers.readline().decode("ascii", "replace").split()
        if len(words) != 3 or not words[2].isdigit():
            self.close()
            raise UnreadableError(_MISSING.format(oid[:12]))
        return words[1], int(words[2])

    def take(self, size: int) -> bytes:
        """The bytes of the object asked for last."""
        _, answers = self._pipes()
        content = answers.read(size)
        answers.read(1)
        if len(content) != size:
            raise UnreadableError("git cat-file ended in the middle of an object; run `git fsck`")
        return content

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        questions, answers = self._process.stdin, self._process.stdout
        if questions is None or answers is None:
            raise UnreadableError("git cat-file has no pipes")
        return questions, answers


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    process.wait()


class GitObjects:
    """The object store of one repository. Not for several threads at once."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._checks: _Batch | None = None
        self._contents: _Batch | None = None

    def kind_and_size(self, oid: str) -> tuple[str, int]:
        """What an object is (`blob`, `tree`, ...) and its length in bytes. Raises UnreadableError."""
        if self._checks is None or not self._checks.close.alive:
            self._checks = _Batch(self._repository, "--batch-check")
        return self._checks.ask(oid)

    def read(self, oid: str) -> bytes:
        """The whole of an object. Raises UnreadableError."""
        contents = self._batch()
        return contents.take(contents.ask(oid)[1])

    def read_at_most(self, oid: str, limit: int) -> bytes | None:
        """The same, None where it has more than `limit` bytes. Raises UnreadableError."""
        contents = self._batch()
        _, size = contents.ask(oid)
        if size > limit:
            contents.close()  # its bytes are on their way
            return None
        return contents.take(size)

    def open_blob(self, oid: str) -> BlobReader:
        """A reader of a blob. Raises UnreadableError where it is not here or is no blob."""
        kind, size = self.kind_and_size(oid)
        if kind != "blob":
            raise UnreadableError(f"object {oid[:12]} is a {kind}, not a file")
        return BytesReader(self.read(oid)) if size <= WHOLE_LIMIT else _LargeBlob(self._repository, oid, size)

    def sweep(self, entries: Sequence[Entry]) -> Iterator[BlobReader | UnreadableError]:
        """Readers of many blobs, in their order; each is good until the next is asked for.

        The small ones come through one process that is asked for all of them beforehand.
        """
        sizes = self._sizes(entries)
        small = [entry.oid for entry, size in zip(entries, sizes, strict=True) if 0 <= size <= WHOLE_LIMIT]
        with contextlib.closing(_Stream(self._repository, small)) as stream:
            for entry, size in zip(entries, sizes, strict=True):
                if size < 0:
                    yield UnreadableError(_MISSING.format(entry.oid[:12]))
                elif size > WHOLE_LIMIT:
                    yield _LargeBlob(self._repository, entry.oid, size)
                else:
                    yield stream.next(entry.oid)

    def _sizes(self, entries: Sequence[Entry]) -> Sequence[int]:
        """Bytes of each blob, a negative number where there is none."""
        unknown = [entry.oid for entry in entries if entry.size is None]
        weights: Mapping[str, Weight | None] = {}
        if unknown:
            weighing = Weighing(self._repository)
            weighing.ask(unknown)
            weights = weighing.weights()
        return [entry.size if entry.size is not None else _size(weights.get(entry.oid)) for entry in entries]

    def _batch(self) -> _Batch:
        if self._contents is None or not self._contents.close.alive:
            self._contents = _Batch(self._repository, "--batch")
        return self._contents

    def close(self) -> None:
        """End the processes; the next question starts new ones."""
        for batch in (self._checks, self._contents):
            if batch is not None:
                batch.close()
        self._checks = self._contents = None


def _size(weight: Weight | None) -> int:
    """Bytes of a blob, a negative number where there is none."""
    return -1 if weight is None else weight[0]


class _Stream:
    """One `git cat-file` that was asked for many objects at once and gives them out in order."""

    def __init__(self, repository: Repository, oids: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            repository.command("cat-file", "--batch", "--buffer"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
            bufsize=_PIPE,
        )
        # Both pipes hold little: whoever writes all the questions before reading an answer waits for ever.
        self._asking = threading.Thread(target=self._ask, args=(oids,), daemon=True)
        self._asking.start()
        self.close = weakref.finalize(self, _end, self._process)

    def next(self, oid: str) -> BlobReader | UnreadableError:
        """The next of the objects, which is `oid`."""
        answers = self._process.stdout
        words = answers.readline().split() if answers is not None else []
        if answers is None or len(words) != 3 or words[0] != oid.encode("ascii"):
            return UnreadableError(f"object {oid[:12]} could not be read; run `git fsck`")
        content = answers.read(int(words[2]))
        answers.read(1)
        return BytesReader(content)

    def _ask(self, oids: Sequence[str]) -> None:
        questions = self._process.stdin
        if questions is None:
            return
        with contextlib.suppress(OSError, ValueError):  # the process was ended before all was asked
            questions.write("".join(f"{oid}\n" for oid in oids).encode("ascii"))
            questions.close()


class _LargeBlob:
    """A blob too large for memory.

    Git can only stream a blob from its start. The head comes from a process that is ended as soon as
    enough has arrived. The first read further in lets git write the whole blob to an unnamed
    temporary file, where every later read is a seek: a zip needs its end, then its middle.
    """

    def __init__(self, repository: Repository, oid: str, size: int) -> None:
        self._repository = repository
        self._oid = oid
        self._size = size
        self._spooled: IO[bytes] | None = None

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes from the blob. Raises UnreadableError."""
        length = max(0, min(length, self._size - offset))
        if self._spooled is None and offset + length <= WHOLE_LIMIT:
            return self._head(offset + length)[offset:]
        if self._spooled is None:
            self._spooled = self._spool()
        self._spooled.seek(offset)
        return self._spooled.read(length)

    def _start(self, output: int | IO[bytes]) -> subprocess.Popen[bytes]:
        command = self._repository.command("cat-file", "blob", self._oid)
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL, env=environment()
        )

    def _head(self, length: int) -> bytes:
        process = self._start(subprocess.PIPE)
        try:
            content = process.stdout.read(length) if process.stdout else b""
        finally:
            _end(process)
        if len(content) != length:
            raise UnreadableError(f"object {self._oid[:12]} is damaged: git gave {len(content):,} of {length:,} bytes")
        return content

    def _spool(self) -> IO[bytes]:
        stream = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the reader
        weakref.finalize(self, stream.close)
        try:
            code = self._start(stream).wait()
        except OSError as error:
            raise UnreadableError(f"object {self._oid[:12]} could not be unpacked: {error.strerror}") from error
        if code or stream.seek(0, 2) != self._size:
            raise UnreadableError(f"object {self._oid[:12]} could not be unpacked: it is damaged, or the disk is full")
        return stream
