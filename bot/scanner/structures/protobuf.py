"""The wire format of Protocol Buffers, as far as telling fields apart and stepping over them needs.

Source: "Encoding" in the documentation of Protocol Buffers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pieces import Pieces

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_GROUP_START, _GROUP_END = 3, 4
_FIXED = {FIXED64: 8, FIXED32: 4}
_VARINT_LIMIT = 10
"""Bytes of the longest varint."""
_NUMBER_LIMIT = 2**29 - 1
"""The largest number of a field."""


class WireError(Exception):
    """The bytes are no message, or not the one that was looked for."""


class Field(NamedTuple):
    """One field of a message. A tuple, for a large graph has a million of them."""

    number: int
    wire: int
    """Its wire type: VARINT, FIXED64, BYTES or FIXED32."""
    value: int
    """The number of a VARINT, 0 for the others."""
    start: int
    """Where the content begins in the file."""
    end: int
    """Where the content ends; the file's end where the content is cut off."""
    length: int
    """Bytes of content that the file promises."""

    def expect(self, wire: int) -> None:
        """Raise WireError where the field is not of this wire type."""
        if self.wire != wire:
            raise WireError


class Wire:
    """Messages of one file, read within a cap of bytes and of fields."""

    def __init__(self, blob: BoundedReader, budget: int, fields: int) -> None:
        self._pieces = Pieces(blob, budget)
        self._fields_left = fields
        self.size = blob.size
        self.is_cut_off = False
        """True once a field has been met that passes the end of the file."""

    def fields(self, start: int, end: int) -> Iterator[Field]:
        """The fields of the message between two places, groups (an old manner that no format here uses) left out.

        Raises WireError for bytes that are no message, BudgetExceededError where a cap is reached.
        """
        position, depth = start, 0
        while position < end:
            self._fields_left -= 1
            if self._fields_left < 0:
                raise BudgetExceededError("it has more fields than are read here")
            field = self._field(position, end)
            if field is None:
                return
            position = field.end
            depth += (field.wire == _GROUP_START) - (field.wire == _GROUP_END)
            if depth < 0:
                raise WireError
            if depth == 0 and field.wire != _GROUP_END:
                yield field

    def content(self, field: Field, limit: int) -> bytes:
        """The first `limit` bytes of a field's content."""
        return self._pieces.read(field.start, min(field.end - field.start, limit))

    def numbers(self, field: Field, limit: int) -> list[int]:
        """The numbers of a field of varints, alone or packed; at most `limit`. Raises WireError."""
        if field.wire == VARINT:
            return [field.value]
        field.expect(BYTES)
        raw = self.content(field, limit * _VARINT_LIMIT)
        numbers: list[int] = []
        offset = 0
        try:
            while offset < len(raw) and len(numbers) < limit:
                number, offset = _varint(raw, offset)
                numbers.append(number)
        except IndexError as error:
            raise WireError from error
        return numbers

    def _field(self, position: int, end: int) -> Field | None:
        """The field at `position`; None where the file ends within its first bytes."""
        raw = self._pieces.read(position, min(2 * _VARINT_LIMIT, end - position))
        try:
            tag, offset = _varint(raw, 0)
            number, wire = tag >> 3, tag & 7
            if not 0 < number <= _NUMBER_LIMIT:
                raise WireError
            if wire == VARINT:
                value, offset = _varint(raw, offset)
                return Field(number, wire, value, position + offset, position + offset, 0)
            if wire == BYTES:
                length, offset = _varint(raw, offset)
            elif wire in _FIXED:
                length = _FIXED[wire]
            elif wire in {_GROUP_START, _GROUP_END}:
                length = 0
            else:
                raise WireError
        except IndexError:
            self._cut_off(end)
            return None
        begin = position + offset
        if begin + length > end:
            self._cut_off(end)
        return Field(number, wire, 0, begin, min(begin + length, end), length)

    def _cut_off(self, end: int) -> None:
        """A field passes its message's end: that is a cut where the file ends there, and nonsense elsewhere."""
        if end < self.size:
            raise WireError
        self.is_cut_off = True


def _varint(raw: bytes, offset: int) -> tuple[int, int]:
    """A number and the offset after it; IndexError where the bytes end within it."""
    number = raw[offset]
    if number < 0x80:
        return number, offset + 1
    number = shift = 0
    for _ in range(_VARINT_LIMIT):
        byte = raw[offset]
        offset += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number & 0xFFFF_FFFF_FFFF_FFFF, offset
        shift += 7
    raise WireError
