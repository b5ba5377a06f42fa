"""Large groups of an HDF5 file: a B-tree of version 2 names the entries, a fractal heap holds them.

Source: "HDF5 File Format Specification, Version 3.0": III.A.2 (B-trees of version 2), III.G (fractal heaps). How many
bytes the counts in a B-tree's node take is told by H5B2hdr.c of HDF5, and those of a heap's lengths by H5HFhdr.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.scanner.readers import BudgetExceededError
from bot.scanner.structures.hdf5.file import File, number
from bot.scanner.structures.pages import DamagedError

RECORD_LIMIT = 20_000
"""Entries of one B-tree that are looked at."""
_NODE_LIMIT = 4_096
_DEPTH_LIMIT = 16
_ID_OFFSETS = {5: 4, 6: 8, 8: 0, 9: 0}
"""Where a record holds the id of its object in the heap, by the type of its B-tree: links, then attributes."""
_HUGE_RECORD = 1
"""The type of the B-tree of huge objects that are neither filtered nor kept in their ids."""
_NODE_PREFIX = 10
"""Bytes of a node that are no records: signature, version and type before, checksum after."""


def entries(file: File, message: bytes, width: int, limit: int) -> Iterator[bytes | None]:
    """The entries that a message leads to, links (IV.A.2.c) or attributes (IV.A.2.v), in the order of the tree.

    `width` is how many bytes the largest index of creation takes where the message has it. None stands for an entry
    that is not read: longer than `limit`, filtered or shared. Raises DamagedError, and BudgetExceededError at a cap.
    """
    begin = 2 + (width if number(message, 1, 1) & 1 else 0)
    heap, tree = file.address(message, begin), file.address(message, begin + file.offset_width)
    if heap is not None and tree is not None:
        yield from _entries(file, heap, tree, limit)


def _entries(file: File, heap: int, tree: int, limit: int) -> Iterator[bytes | None]:
    found = _Heap(file, heap)
    kind, records = _records(file, tree)
    begin = _ID_OFFSETS.get(kind)
    if begin is None:
        raise DamagedError
    for record in records:
        # The flags of an attribute's message stand behind its id; the second bit says that it is shared.
        is_shared = kind >= 8 and number(record, found.id_length, 1) & 2
        yield None if is_shared else found.value(record[begin : begin + found.id_length], limit)


class _Heap:
    """A fractal heap's header (III.G): a table of blocks that double in size."""

    def __init__(self, file: File, address: int) -> None:
        self._file = file
        width, length = file.offset_width, file.length_width
        raw = file.read(address, 22 + 12 * length + 3 * width)
        if raw[:4] != b"FRHP":
            raise DamagedError
        self.id_length = number(raw, 5, 2)
        self._is_filtered = number(raw, 7, 2) > 0
        largest_object = number(raw, 10, 4)
        self._huge_tree = file.address(raw, 14 + length)
        begin = 14 + 10 * length + 2 * width
        self._width = number(raw, begin, 2)
        self._first = file.length(raw, begin + 2)
        largest_block = file.length(raw, begin + 2 + length)
        bits = number(raw, begin + 2 + 2 * length, 2)
        self._root = file.address(raw, begin + 6 + 2 * length)
        self._rows = number(raw, begin + 6 + 2 * length + width, 2)
        if not 0 < bits <= 64 or self._width == 0 or self._first == 0 or largest_block < self._first:
            raise DamagedError
        self._offset_bytes = (bits + 7) // 8
        self._length_bytes = min((largest_block.bit_length() + 6) // 8, _bytes_for(largest_object))
        self._direct_rows = largest_block.bit_length() - self._first.bit_length() + 2

    def value(self, identity: bytes, limit: int) -> bytes | None:
        """The object of an id, None where it is not read here."""
        kind = number(identity, 0, 1) >> 4 & 3
        if kind == 2:
            return self._tiny(identity)
        if self._is_filtered:
            return None
        if kind == 1:
            return self._huge(identity, limit)
        offset = number(identity, 1, self._offset_bytes)
        length = number(identity, 1 + self._offset_bytes, self._length_bytes)
        return None if length > limit else self._file.read(self._place(offset), length)

    def _tiny(self, identity: bytes) -> bytes:
        """An object that is kept in its id."""
        length = number(identity, 0, 1) & 15
        if self.id_length <= 17:
            return identity[1 : 2 + length]
        return identity[2 : 3 + (length << 8 | number(identity, 1, 1))]

    def _huge(self, identity: bytes, limit: int) -> bytes | None:
        """An object that has a place of its own, named by the id or by a B-tree."""
        file = self._file
        width, length = file.offset_width, file.length_width
        if self.id_length > width + length:
            place, size = file.address(identity, 1), file.length(identity, 1 + width)
            return None if place is None or size > limit else file.read(place, size)
        if self._huge_tree is None:
            raise DamagedError
        wanted = number(identity, 1, min(length, self.id_length - 1))
        kind, records = _records(file, self._huge_tree)
        for record in records if kind == _HUGE_RECORD else ():
            if file.length(record, width + length) == wanted:
                place, size = file.address(record, 0), file.length(record, width)
                return None if place is None or size > limit else file.read(place, size)
        return None

    def _place(self, offset: int) -> int:
        """The address of the byte at an offset of the heap's space."""
        block, rows = self._root, self._rows
        if rows == 0:
            if block is None:
                raise DamagedError
            return block + offset
        for _ in range(_DEPTH_LIMIT):
            row, column, begin, size = self._cell(offset)
            if block is None or row >= rows:
                raise DamagedError
            # Addresses of direct blocks come first, those of indirect ones after them, row by row in both.
            entry = 5 + self._file.offset_width + self._offset_bytes
            entry += (row * self._width + column) * self._file.offset_width
            block = self._file.address(self._file.read(block + entry, self._file.offset_width), 0)
            offset -= begin
            if row < self._direct_rows:
                if block is None:
                    raise DamagedError
                return block + offset
            rows = size.bit_length() - (self._first * self._width).bit_length() + 1
        raise DamagedError

    def _cell(self, offset: int) -> tuple[int, int, int, int]:
        """Row, column, first offset and size of the block that holds an offset; row 1 repeats the size of row 0."""
        span = self._first * self._width
        row = (offset // span).bit_length()
        size = self._first << max(0, row - 1)
        begin = span << (row - 1) if row else 0
        column = (offset - begin) // size
        return row, column, begin + column * size, size


@dataclass(frozen=True)
class _Tree:
    """A B-tree's header (III.A.2)."""

    kind: int
    record: int
    """Bytes of one record."""
    depth: int
    root: int | None
    count: int
    """Records in the root node."""
    count_bytes: int
    """Bytes of the number of records in a child."""
    totals: tuple[int, ...]
    """Bytes of the number of all records beneath a child, by the child's depth."""


def _records(file: File, address: int) -> tuple[int, Iterator[bytes]]:
    """The type of a B-tree and its records."""
    tree = _tree(file, address)
    return tree.kind, _nodes(file, tree)


def _nodes(file: File, tree: _Tree) -> Iterator[bytes]:
    waiting = [(tree.root, tree.count, tree.depth)] if tree.count and tree.root is not None else []
    seen = nodes = 0
    while waiting:
        address, count, depth = waiting.pop()
        nodes, seen = nodes + 1, seen + count
        if nodes > _NODE_LIMIT or seen > RECORD_LIMIT:
            raise BudgetExceededError("a group has more parts than are read here")
        pointer = file.offset_width + tree.count_bytes + (tree.totals[depth - 1] if depth else 0)
        raw = file.read(address, 6 + count * tree.record + ((count + 1) * pointer if depth else 0))
        if raw[:4] != (b"BTIN" if depth else b"BTLF"):
            raise DamagedError
        for index in range(count):
            yield raw[6 + index * tree.record : 6 + (index + 1) * tree.record]
        for index in range(count + 1 if depth else 0):
            begin = 6 + count * tree.record + index * pointer
            child = file.address(raw, begin)
            if child is None:
                raise DamagedError
            waiting.append((child, number(raw, begin + file.offset_width, tree.count_bytes), depth - 1))


def _tree(file: File, address: int) -> _Tree:
    raw = file.read(address, 22 + file.offset_width + file.length_width)
    size, record, depth = number(raw, 6, 4), number(raw, 10, 2), number(raw, 12, 2)
    if raw[:4] != b"BTHD" or record == 0 or depth > _DEPTH_LIMIT or size < _NODE_PREFIX + record:
        raise DamagedError
    most = (size - _NODE_PREFIX) // record
    count_bytes, totals, beneath = _bytes_for(most), [0], most
    for _ in range(depth):
        pointer = file.offset_width + count_bytes + totals[-1]
        room = max(0, size - _NODE_PREFIX - pointer) // (record + pointer)
        beneath = (room + 1) * beneath + room
        totals.append(_bytes_for(beneath))
    root = file.address(raw, 16)
    count = number(raw, 16 + file.offset_width, 2)
    return _Tree(number(raw, 5, 1), record, depth, root, count, count_bytes, tuple(totals))


def _bytes_for(largest: int) -> int:
    """Bytes that a number up to `largest` takes."""
    return max(1, (largest.bit_length() + 7) // 8)
