"""FlatBuffers: tables of optional fields, vectors and strings, all reached by offsets.

Source: "FlatBuffers internals" in the documentation of FlatBuffers.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.scanner.readers import BoundedReader
from bot.scanner.structures.pages import DamagedError, Pages


@dataclass(frozen=True)
class Table:
    """One table; absent fields read as their defaults.

    Every method raises DamagedError where the offsets lead astray and BudgetExceededError at a cap.
    """

    pages: Pages
    position: int
    start: int
    """Where the table's vtable is: the offsets of its fields."""
    fields: int
    """Number of fields that the vtable knows."""

    def number(self, field: int, width: int, *, signed: bool = False) -> int:
        """A number, 0 where it is absent."""
        place = self._place(field)
        return 0 if place is None else self.pages.number(place, width, signed=signed)

    def text(self, field: int, limit: int) -> bytes:
        """The first `limit` bytes of a string, empty where it is absent."""
        begin, length = self.vector(field)
        return self.pages.read(begin, min(length, limit))

    def vector(self, field: int) -> tuple[int, int]:
        """Where the items of a vector begin, and how many it promises; (0, 0) where it is absent."""
        place = self._place(field)
        if place is None:
            return 0, 0
        begin = place + self.pages.number(place, 4)
        return begin + 4, self.pages.number(begin, 4)

    def numbers(self, field: int, width: int, limit: int, *, signed: bool = False) -> list[int]:
        """The numbers of a vector; DamagedError where it promises more than `limit`."""
        begin, count = self.vector(field)
        if count > limit:
            raise DamagedError
        return [self.pages.number(begin + width * index, width, signed=signed) for index in range(count)]

    def table(self, field: int) -> Table | None:
        """The table that a field leads to, None where it is absent."""
        place = self._place(field)
        return None if place is None else table_at(self.pages, place + self.pages.number(place, 4))

    def tables(self, field: int, limit: int) -> list[Table]:
        """The tables of a vector of tables; DamagedError where it promises more than `limit`."""
        begin, count = self.vector(field)
        if count > limit:
            raise DamagedError
        places = range(begin, begin + 4 * count, 4)
        return [table_at(self.pages, place + self.pages.number(place, 4)) for place in places]

    def _place(self, field: int) -> int | None:
        if field >= self.fields:
            return None
        offset = self.pages.number(self.start + 4 + 2 * field, 2)
        return self.position + offset if offset else None


def root_of(blob: BoundedReader) -> int | None:
    """Where the root table of a file is; None where that is no place in it."""
    root = int.from_bytes(blob.head[:4], "little")
    return root if 8 <= root <= blob.size - 4 else None


def table_at(pages: Pages, position: int) -> Table:
    """The table at a position. Raises as Table's methods do."""
    start = position - pages.number(position, 4, signed=True)
    size = pages.number(start, 2)
    if size < 4 or size % 2:
        raise DamagedError
    return Table(pages, position, start, (size - 4) // 2)
