"""The ground of an HDF5 file: superblock, addresses, and the two heaps that hold names and long values.

Source: "HDF5 File Format Specification, Version 3.0"; the sections are named beside each structure.
"""

from __future__ import annotations

from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError, Pages

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_PLACES = (0, 512, 1024, 2048, 4096, 8192, 16384, 32768)
"""Offsets at which the signature may stand (II.A); later ones lie beyond the head and are not looked at."""
_NAME_LIMIT = 1024
"""Bytes of the name of a link; the format has no limit."""
_COLLECTION_LIMIT = 65_536
"""Objects of one global heap collection that are passed on the way to the one that is wanted."""


def signature_at(head: bytes) -> int | None:
    """Where the file proper begins; before it may be a block of the user's own."""
    return next((place for place in _PLACES if head[place : place + 8] == SIGNATURE), None)


class File:
    """Reads by address, within a cap of bytes; pages that were read are kept."""

    def __init__(self, blob: BoundedReader, start: int, budget: int) -> None:
        """Read the superblock (II.A). Raises DamagedError."""
        self._pages = Pages(blob, budget)
        self._base = start
        self.offset_width = self.length_width = 8
        self.is_cut_off = False
        """True where the superblock promises more bytes than there are."""
        self.root = self._superblock()

    @property
    def size(self) -> int:
        """Length in bytes of the whole file."""
        return self._pages.size

    def read(self, address: int, length: int) -> bytes:
        """Exactly `length` bytes. Raises DamagedError where they are not there, BudgetExceededError at the cap."""
        if address < 0:
            raise DamagedError
        return self._pages.read(self._base + address, length)

    def address(self, raw: bytes, offset: int) -> int | None:
        """The address at an offset, None for the undefined one (all bits set)."""
        piece = raw[offset : offset + self.offset_width]
        if len(piece) < self.offset_width:
            raise DamagedError
        return None if piece == b"\xff" * self.offset_width else int.from_bytes(piece, "little")

    def length(self, raw: bytes, offset: int) -> int:
        """The length or count at an offset."""
        return number(raw, offset, self.length_width)

    def name(self, heap: int, offset: int) -> str:
        """A name from a local heap (III.D), whose header is at `heap`."""
        header = self.read(heap, 8 + 2 * self.length_width + self.offset_width)
        segment = self.address(header, 8 + 2 * self.length_width)
        size = self.length(header, 8)
        if header[:4] != b"HEAP" or segment is None or offset >= size:
            raise DamagedError
        room = min(size - offset, _NAME_LIMIT, max(0, self.size - self._base - segment - offset))
        return self.read(segment + offset, room).partition(b"\0")[0].decode("utf-8", "replace")

    def global_value(self, collection: int, index: int, limit: int) -> bytes:
        """An object of a global heap collection (III.E). Raises DamagedError where it is missing or too long."""
        header = self.read(collection, 8 + self.length_width)
        if header[:4] != b"GCOL":
            raise DamagedError
        position, end = collection + len(header), collection + self.length(header, 8)
        step = 8 + self.length_width
        for _ in range(_COLLECTION_LIMIT):
            if position + step > end:
                break
            entry = self.read(position, step)
            found, size = number(entry, 0, 2), self.length(entry, 8)
            if found == index:
                if size > limit:
                    raise BudgetExceededError(f"a value of {size:,} bytes is longer than what is read here")
                return self.read(position + step, size)
            if found == 0:
                break
            position += step + (size + 7) // 8 * 8
        raise DamagedError

    def _superblock(self) -> int:
        """Address of the root group's object header."""
        start = self.read(0, 16)
        if start[8] in {0, 1}:
            self._widths(start[13], start[14])
            base = 24 if start[8] == 0 else 28
            root = base + 5 * self.offset_width
        elif start[8] in {2, 3}:
            self._widths(start[9], start[10])
            base = 12
            root = base + 3 * self.offset_width
        else:
            raise DamagedError
        raw = self.read(0, root + self.offset_width)
        # The end of the file comes third in every version.
        promised, found = self.address(raw, base + 2 * self.offset_width), self.address(raw, root)
        self.is_cut_off = promised is not None and promised > self.size
        self._base = self.address(raw, base) or self._base
        if found is None:
            raise DamagedError
        return found

    def _widths(self, offset: int, length: int) -> None:
        if offset not in {2, 4, 8} or length not in {2, 4, 8}:
            raise DamagedError
        self.offset_width, self.length_width = offset, length


def number(raw: bytes, offset: int, width: int) -> int:
    """A little-endian number without sign. Raises DamagedError where the bytes end within it."""
    piece = raw[offset : offset + width]
    if len(piece) < width:
        raise DamagedError
    return int.from_bytes(piece, "little")
