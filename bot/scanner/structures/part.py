"""A stretch of a file, read as a file of its own."""

from __future__ import annotations

from bot.scanner.readers import BlobReader, BoundedReader


class Part:
    """A BlobReader of `size` bytes of another one from `start`; what passes its end is left out."""

    def __init__(self, blob: BlobReader, start: int, size: int) -> None:
        self._blob = blob
        self._start = start
        self.size = max(0, min(size, blob.size - start))

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of the part."""
        return self._blob.read(self._start + offset, max(0, min(length, self.size - offset)))


def part_of(blob: BoundedReader, start: int, size: int, budget: int) -> BoundedReader:
    """A part of which at most `budget` bytes are read."""
    return BoundedReader(Part(blob, start, size), budget)
