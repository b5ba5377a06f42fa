"""Members that lie in a container as they are."""

from __future__ import annotations

from bot.scanner.containers.allowance import Allowance
from bot.scanner.readers import BlobReader, BoundedReader
from bot.scanner.structures.part import Part

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


class _PaidPart(Part):
    """Bytes of another reader, paid for by the allowance."""

    def __init__(self, source: BlobReader, start: int, size: int, allowance: Allowance) -> None:
        super().__init__(source, start, size)
        self._allowance = allowance

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of the part. Raises BudgetExceededError where the allowance does."""
        self._allowance.read(max(0, min(length, self.size - offset)))
        return super().read(offset, length)


def part(source: BlobReader, start: int, size: int, allowance: Allowance) -> BlobReader:
    """A reader of `size` bytes from `start`."""
    return _PaidPart(source, start, size, allowance)
