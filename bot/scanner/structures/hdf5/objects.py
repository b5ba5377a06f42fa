"""Objects of an HDF5 file: the messages of an object header, and what they say of groups, datasets and attributes.

Source: "HDF5 File Format Specification, Version 3.0"; the sections are named beside each structure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.scanner.readers import BudgetExceededError
from bot.scanner.structures.hdf5.file import File, number
from bot.scanner.structures.hdf5.heap import entries
from bot.scanner.structures.pages import DamagedError

MESSAGE_LIMIT = 4096
"""Messages of one object that are looked at."""
BLOCK_LIMIT = 256
"""Blocks over which the messages of one object may be spread."""
VALUE_LIMIT = 4 * 1024 * 1024
"""Bytes of one attribute's value: the description of a large model has some hundred thousand."""
_ENTRY_LIMIT = 64 * 1024
"""Bytes of one link with its name."""
_INTEGER, _FLOAT, _STRING, _VARIABLE = 0, 1, 3, 9
"""Classes of data types (IV.A.2.d)."""
_DIMENSION_LIMIT = 32


@dataclass(frozen=True)
class DataType:
    """A data type message, as far as telling numbers from text needs it."""

    kind: int
    size: int
    is_text: bool

    @property
    def name(self) -> str:
        """As NumPy writes it: `float32`; `other` for what is no plain number."""
        word = {_INTEGER: "int", _FLOAT: "float"}.get(self.kind)
        return f"{word}{8 * self.size}" if word and self.size <= 16 else "other"


@dataclass(frozen=True)
class Link:
    """A name in a group."""

    name: str
    address: int | None
    """The object's header; None for a link by path."""
    file: str | None = None
    """The other file that an external link leads to."""


@dataclass
class Object:
    """What one object header says."""

    shape: tuple[int, ...] | None = None
    data_type: DataType | None = None
    links: list[Link] = field(default_factory=list)
    tables: list[tuple[int, int]] = field(default_factory=list)
    """B-tree and local heap of groups of the older kind."""
    attributes: dict[str, Attribute] = field(default_factory=dict)
    has_layout: bool = False
    is_partial: bool = False
    """True where links or attributes are kept in a manner that is not read here."""
    files: list[str] = field(default_factory=list)
    """Other files in which the dataset's numbers lie."""

    @property
    def is_dataset(self) -> bool:
        """True for a dataset, False for groups and named types."""
        return self.has_layout and self.shape is not None

    @property
    def elements(self) -> int:
        """Numbers of a dataset."""
        return math.prod(self.shape or ())


@dataclass(frozen=True)
class Attribute:
    """An attribute whose value has not been looked up yet."""

    data_type: DataType
    count: int
    raw: bytes

    def texts(self, file: File, most: int = 1) -> list[str]:
        """The first values of an attribute of text, empty for others.

        Raises DamagedError, and BudgetExceededError for values longer than what is read.
        """
        values = []
        for index in range(min(self.count, most)):
            if self.data_type.kind == _STRING:
                raw = self.raw[index * self.data_type.size : (index + 1) * self.data_type.size]
            elif self.data_type.is_text:
                raw = self._variable(file, index)
            else:
                break
            values.append(raw.partition(b"\0")[0].decode("utf-8", "replace"))
        return values

    def _variable(self, file: File, index: int) -> bytes:
        """A value of variable length: its length, and its place in the global heap (IV.A.2.d, class 9)."""
        width = 8 + file.offset_width
        entry = self.raw[index * width : (index + 1) * width]
        length, collection = number(entry, 0, 4), file.address(entry, 4)
        if length == 0 or not collection:
            return b""
        return file.global_value(collection, number(entry, 4 + file.offset_width, 4), VALUE_LIMIT)[:length]


def read_object(file: File, address: int) -> Object:
    """The object whose header is at an address. Raises DamagedError or BudgetExceededError."""
    found = Object()
    for count, (kind, flags, raw) in enumerate(_messages(file, address)):
        if count > MESSAGE_LIMIT:
            raise BudgetExceededError("an object has more messages than are read here")
        _take(file, found, kind, flags, raw)
    return found


def _take(file: File, found: Object, kind: int, flags: int, raw: bytes) -> None:
    is_shared = bool(flags & 2)
    if kind == 0x01 and not is_shared:
        found.shape = _shape(file, raw)
    elif kind == 0x03:
        found.data_type = DataType(-1, 0, False) if is_shared else _data_type(raw)
    elif kind == 0x06:
        found.links.append(_link(file, raw))
    elif kind == 0x08:
        found.has_layout = True
        if _is_virtual(raw):
            found.files.append("")
    elif kind == 0x07:
        found.files += _external_files(file, raw)
    elif kind == 0x0C:
        # An attribute that cannot be read is no reason to give up the object.
        try:
            found.attributes.update([_attribute(file, raw)])
        except DamagedError:
            found.is_partial = True
    elif kind == 0x11:
        found.tables.append(_table(file, raw))
    elif kind == 0x02:
        _take_dense_links(file, found, raw)
    elif kind == 0x15:
        _take_dense_attributes(file, found, raw)


def _messages(file: File, address: int) -> Iterator[tuple[int, int, bytes]]:
    """Type, flags and content of each message (IV.A.1)."""
    start = file.read(address, 16)
    if start[:4] == b"OHDR":
        return _messages_of_version_2(file, address)
    if start[0] != 1:
        raise DamagedError
    return _messages_of_version_1(file, address, number(start, 8, 4))


def _messages_of_version_1(file: File, address: int, size: int) -> Iterator[tuple[int, int, bytes]]:
    blocks = [(address + 16, size)]
    for _ in range(BLOCK_LIMIT):
        if not blocks:
            return
        begin, length = blocks.pop(0)
        block = file.read(begin, length)
        offset = 0
        while offset + 8 <= length:
            kind, size, flags = number(block, offset, 2), number(block, offset + 2, 2), block[offset + 4]
            raw = block[offset + 8 : offset + 8 + size]
            if kind == 0x10:
                blocks.append(_continuation(file, raw))
            else:
                yield kind, flags, raw
            offset += 8 + size
    raise BudgetExceededError("an object is spread over more blocks than are read here")


def _messages_of_version_2(file: File, address: int) -> Iterator[tuple[int, int, bytes]]:
    flags = file.read(address, 6)[5]
    width = 1 << (flags & 3)
    begin = 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
    size = number(file.read(address + begin, width), 0, width)
    head = 6 if flags & 0x04 else 4
    blocks = [(address + begin + width, size)]
    for _ in range(BLOCK_LIMIT):
        if not blocks:
            return
        begin, length = blocks.pop(0)
        block = file.read(begin, length)
        offset = 0
        while offset + head <= length:
            kind, size, marks = block[offset], number(block, offset + 1, 2), block[offset + 3]
            raw = block[offset + head : offset + head + size]
            if kind == 0x10:
                place, size_of_block = _continuation(file, raw)
                # The signature before and the checksum after are no messages.
                blocks.append((place + 4, max(0, size_of_block - 8)))
            else:
                yield kind, marks, raw
            offset += head + size
    raise BudgetExceededError("an object is spread over more blocks than are read here")


def _continuation(file: File, raw: bytes) -> tuple[int, int]:
    place = file.address(raw, 0)
    if place is None:
        raise DamagedError
    return place, file.length(raw, file.offset_width)


def _shape(file: File, raw: bytes) -> tuple[int, ...]:
    """Dataspace message (IV.A.2.b); the empty shape holds one element, and a null dataspace none."""
    version, rank = number(raw, 0, 1), number(raw, 1, 1)
    if version not in {1, 2} or rank > _DIMENSION_LIMIT:
        raise DamagedError
    if version == 2 and number(raw, 3, 1) == 2:
        return (0,)
    begin = 8 if version == 1 else 4
    return tuple(file.length(raw, begin + index * file.length_width) for index in range(rank))


def _data_type(raw: bytes) -> DataType:
    """Datatype message (IV.A.2.d)."""
    kind = number(raw, 0, 1) & 0x0F
    is_text = kind == _STRING or (kind == _VARIABLE and number(raw, 1, 1) & 0x0F == 1)
    return DataType(kind, number(raw, 4, 4), is_text)


def _attribute(file: File, raw: bytes) -> tuple[str, Attribute]:
    """Attribute message (IV.A.2.m)."""
    version = number(raw, 0, 1)
    name_size, type_size, space_size = (number(raw, 2 + 2 * index, 2) for index in range(3))
    if version not in {1, 2, 3} or (number(raw, 1, 1) & 3 and version > 1):
        raise DamagedError
    offset = 9 if version == 3 else 8
    parts = []
    for size in (name_size, type_size, space_size):
        parts.append(raw[offset : offset + size])
        offset += (size + 7) // 8 * 8 if version == 1 else size
    name = parts[0].partition(b"\0")[0].decode("utf-8", "replace")
    count = math.prod(_shape(file, parts[2]))
    return name, Attribute(_data_type(parts[1]), count, raw[offset:])


def _link(file: File, raw: bytes) -> Link:
    """Link message (IV.A.2.g)."""
    flags = number(raw, 1, 1)
    offset = 2
    kind = 0
    if flags & 0x08:
        kind = number(raw, offset, 1)
        offset += 1
    offset += 8 if flags & 0x04 else 0
    offset += 1 if flags & 0x10 else 0
    width = 1 << (flags & 3)
    size = number(raw, offset, width)
    offset += width
    name = raw[offset : offset + size].decode("utf-8", "replace")
    offset += size
    if kind == 0:
        return Link(name, file.address(raw, offset))
    if kind == 64:
        return Link(name, None, raw[offset + 3 :].partition(b"\0")[0].decode("utf-8", "replace"))
    return Link(name, None)


def _table(file: File, raw: bytes) -> tuple[int, int]:
    """Symbol table message (IV.A.2.r)."""
    tree, heap = file.address(raw, 0), file.address(raw, file.offset_width)
    if tree is None or heap is None:
        raise DamagedError
    return tree, heap


def _take_dense_links(file: File, found: Object, raw: bytes) -> None:
    """Links of a large group lie in a fractal heap."""
    for entry in entries(file, raw, 8, _ENTRY_LIMIT):
        if entry is None:
            found.is_partial = True
        else:
            found.links.append(_link(file, entry))


def _take_dense_attributes(file: File, found: Object, raw: bytes) -> None:
    """Attributes, likewise; one that cannot be read is no reason to give up the object."""
    try:
        for entry in entries(file, raw, 2, VALUE_LIMIT):
            if entry is None:
                found.is_partial = True
            else:
                found.attributes.update([_attribute(file, entry)])
    except DamagedError:
        found.is_partial = True


def _is_virtual(raw: bytes) -> bool:
    """True for a dataset put together of others (IV.A.2.i, layout class 3)."""
    return raw[:1] in {b"\x03", b"\x04", b"\x05"} and raw[1:2] == b"\x03"


def _external_files(file: File, raw: bytes) -> list[str]:
    """Names in an External Data Files message (IV.A.2.h)."""
    used, heap = number(raw, 6, 2), file.address(raw, 8)
    if heap is None:
        return []
    first = 8 + file.offset_width
    offsets = [file.length(raw, first + 3 * file.length_width * index) for index in range(min(used, 100))]
    return [file.name(heap, offset) for offset in offsets]
