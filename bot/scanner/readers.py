"""Bounded reading: the one way the scanner gets at bytes, and its implementations for bytes and files."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

HEAD_LENGTH = 64 * 1024
"""Bytes of the head that every detection may use without asking again."""


class UnreadableError(Exception):
    """The bytes could not be had: gone, refused, too dear. The message says which, for people."""


class BudgetExceededError(UnreadableError):
    """A parser asked for more bytes than one detection may cost."""


FAULTS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What a parser with a fault raises on bytes its author did not foresee. Named one by one, so that a forge's
"try again later" passes through to whoever can try again."""


class FaultError(UnreadableError):
    """A fault of ours, not of the file, kept it from being read."""

    def __init__(self, error: BaseException) -> None:
        name = type(error).__name__
        super().__init__(f"a fault in Weighbridge ({name}), not in the file; please report it")


class WrongObjectError(UnreadableError):
    """What is stored for a pointer is not what it names: nothing, or something of another length.

    The message says which, as the end of "the pointer is broken: ".
    """

    def __init__(self, message: str, *, disagrees: bool = False) -> None:
        """`disagrees` is True where something else is stored."""
        super().__init__(message)
        self.disagrees = disagrees


class BlobReader(Protocol):
    """Random access to one blob, wherever it lies."""

    @property
    def size(self) -> int:
        """Length in bytes."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`; fewer only where the blob ends.

        Raises UnreadableError where the bytes cannot be had.
        """
        ...


class BytesReader:
    """A blob that is in memory already."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    @property
    def size(self) -> int:
        """Length in bytes."""
        return len(self._content)

    def read(self, offset: int, length: int) -> bytes:
        """Return a slice of the content."""
        return self._content[offset : offset + length]


class FileReader:
    """A regular file on disk, opened anew for each read so that none stays open."""

    def __init__(self, path: str | Path) -> None:
        self._path = path
        try:
            self._size = os.stat(path).st_size  # noqa: PTH116 - takes undecodable names as they are
        except OSError as error:
            raise UnreadableError(f"{path}: {error.strerror}") from error

    @property
    def size(self) -> int:
        """Length in bytes when the reader was made."""
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes from the file as it is now."""
        try:
            with open(self._path, "rb") as stream:  # noqa: PTH123
                stream.seek(offset)
                return stream.read(length)
        except OSError as error:
            raise UnreadableError(f"{self._path}: {error.strerror}") from error


class BoundedReader:
    """Another reader with a cap on what may be read through it, and the head kept at hand.

    The first read fetches the head once; reads inside it cost nothing more.
    """

    def __init__(self, inner: BlobReader, budget: int, shared: dict[str, object] | None = None) -> None:
        self._inner = inner
        self._left = budget
        self.shared: dict[str, object] = {} if shared is None else shared
        """What all files of one archive spend together, by whoever counts it: instructions of pickles."""
        self._head: bytes | None = None
        self.kept: dict[str, object] = {}
        """What one recogniser has read of it and others need too, so that it costs once: the directory of a zip."""
        self.measured: dict[str, object] = {}
        """The same for plain values, which hold whatever may still be read: how dense a text is."""

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self._inner.size

    def afresh(self, budget: int) -> BoundedReader:
        """The same blob with another cap; its head, and what was measured on it, need not be had again."""
        other = BoundedReader(self._inner, budget, self.shared)
        other._head, other.measured = self.head, self.measured
        return other

    @property
    def head(self) -> bytes:
        """The first HEAD_LENGTH bytes, or all of a smaller blob."""
        if self._head is None:
            self._head = self._inner.read(0, min(HEAD_LENGTH, self.size))
            self._left -= len(self._head)
        return self._head

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes as BlobReader does.

        Raises BudgetExceededError where the sum of all reads would pass the budget, and UnreadableError for an offset
        or length below zero, which only a damaged or hostile file can lead to.
        """
        if offset < 0 or length < 0:
            raise UnreadableError("the file points outside itself")
        head = self.head
        if offset + length <= len(head) or len(head) == self.size:
            return head[offset : offset + length]
        length = max(0, min(length, self.size - offset))
        if length > self._left:
            raise BudgetExceededError(f"reading {length:,} bytes more would pass the limit for one file")
        self._left -= length
        return self._inner.read(offset, length)

    def chunks(self, offset: int, length: int, step: int = HEAD_LENGTH) -> Iterator[bytes]:
        """Yield `length` bytes from `offset` in pieces of at most `step`."""
        end = min(offset + length, self.size)
        while offset < end:
            piece = self.read(offset, min(step, end - offset))
            if not piece:
                return
            yield piece
            offset += len(piece)
