"""A stretch of a file, read as a file of its own."""

from __future__ import annotations

from bot.scanner.readers import BoundedReader


def part_of(blob: BoundedReader, start: int, size: int, budget: int) -> BoundedReader:
    """The bytes from `start`, of which at most `budget` are read; what passes the file's end is left out."""
    return BoundedReader(_Part(blob, start, max(0, min(size, blob.size - start))), budget)


class _Part:
    def __init__(self, blob: BoundedReader, start: int, size: int) -> None:
        self._blob = blob
        self._start = start
        self._size = size

    @property
    def size(self) -> int:
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        return self._blob.read(self._start + offset, max(0, min(length, self._size - offset)))
