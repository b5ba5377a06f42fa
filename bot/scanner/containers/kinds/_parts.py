"""Members that lie in a container as they are."""

from __future__ import annotations

from bot.scanner.containers.allowance import Allowance
from bot.scanner.readers import BlobReader, BoundedReader

_PAGE = 64 * 1024


class ReadAhead:
    """A reader that reads a page at once, for archives of small members that stand one behind the other."""

    def __init__(self, blob: BoundedReader) -> None:
        self._blob = blob
        self._page = blob.head
        self._origin = 0

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self._blob.size

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of the archive, from the page where they are in it."""
        within = offset - self._origin
        if not 0 <= within <= within + length <= len(self._page):
            if length >= _PAGE:
                return self._blob.read(offset, length)
            self._page, self._origin, within = self._blob.read(offset, _PAGE), offset, 0
        return self._page[within : within + length]


class _Part:
    """Bytes of another reader, paid for by the allowance."""

    def __init__(self, source: BlobReader, start: int, size: int, allowance: Allowance) -> None:
        self._source = source
        self._start = start
        self.size = size
        self._allowance = allowance

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of the part."""
        length = max(0, min(length, self.size - offset))
        self._allowance.read(length)
        return self._source.read(self._start + offset, length)


def part(source: BlobReader, start: int, size: int, allowance: Allowance) -> BlobReader:
    """A reader of `size` bytes from `start`."""
    return _Part(source, start, max(0, min(size, source.size - start)), allowance)
