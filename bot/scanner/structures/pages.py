"""Reads all over a file, as formats of addresses need them: pages are kept, and reads and work are capped."""

from __future__ import annotations

from bot.scanner.readers import BoundedReader, BudgetExceededError

_PAGE = 4096
_WORK_LIMIT = 16 * 1024 * 1024
"""Bytes that are handed out in all, those from kept pages too: what a file of circles may cost."""
_READ_COST = 32
"""Bytes that the shortest read counts as."""


class DamagedError(Exception):
    """The file ends, or says something impossible, at this place."""


class Pages:
    """Random access within a cap of bytes."""

    def __init__(self, blob: BoundedReader, budget: int) -> None:
        self._blob = blob
        self._left = budget
        self._work_left = _WORK_LIMIT
        self._pages: dict[int, bytes] = {}

    @property
    def size(self) -> int:
        """Length in bytes of the whole file."""
        return self._blob.size

    def read(self, begin: int, length: int) -> bytes:
        """Exactly `length` bytes. Raises DamagedError where they are not there, BudgetExceededError at a cap."""
        end = begin + length
        if begin < 0 or length < 0 or end > self.size:
            raise DamagedError
        self._work_left -= max(length, _READ_COST)
        if self._work_left < 0:
            raise BudgetExceededError("its structure is larger than what is read here")
        if end <= len(self._blob.head):
            return self._blob.head[begin:end]
        if length > 4 * _PAGE:
            return self._fetch(begin, length)
        pages = b"".join(self._page(page) for page in range(begin // _PAGE, (end - 1) // _PAGE + 1))
        return pages[begin % _PAGE : begin % _PAGE + length]

    def number(self, position: int, width: int, *, signed: bool = False) -> int:
        """A little-endian number. Raises as `read` does."""
        return int.from_bytes(self.read(position, width), "little", signed=signed)

    def _page(self, page: int) -> bytes:
        if page not in self._pages:
            self._pages[page] = self._fetch(page * _PAGE, min(_PAGE, self.size - page * _PAGE))
        return self._pages[page]

    def _fetch(self, begin: int, length: int) -> bytes:
        if length > self._left:
            raise BudgetExceededError(f"reading {length:,} bytes more would pass the limit for this format")
        self._left -= length
        raw = self._blob.read(begin, length)
        if len(raw) < length:
            raise DamagedError
        return raw
