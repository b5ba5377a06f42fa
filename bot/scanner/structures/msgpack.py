"""MessagePack: values one after another, each with its kind and length before it.

Source: spec.md of the MessagePack project.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.pieces import Pieces

MAP, LIST, TEXT, BINARY, EXTENSION, NUMBER, OTHER = "map", "list", "text", "binary", "extension", "number", "other"
_SIZES = {
    0xC4: (BINARY, 1), 0xC5: (BINARY, 2), 0xC6: (BINARY, 4), 0xD9: (TEXT, 1), 0xDA: (TEXT, 2), 0xDB: (TEXT, 4),
    0xDC: (LIST, 2), 0xDD: (LIST, 4), 0xDE: (MAP, 2), 0xDF: (MAP, 4),
    0xC7: (EXTENSION, 1), 0xC8: (EXTENSION, 2), 0xC9: (EXTENSION, 4),
}  # fmt: skip
"""Kinds whose length follows, with its bytes."""
_UNSIGNED = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}
_FIXED = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
"""Values without a length: null, booleans, floating-point numbers, numbers with a sign."""


@dataclass(frozen=True, slots=True)
class Value:
    """The start of one value."""

    kind: str
    begin: int
    """Where its content begins."""
    count: int
    """Bytes of content, for maps pairs and for lists items; the number itself for NUMBER, which has no sign."""
    extension: int = 0
    """The type of an extension, 0 to 255."""

    @property
    def end(self) -> int:
        """Where the next value begins; of maps and lists, the first of their items."""
        return self.begin + self.count if self.kind in {TEXT, BINARY, EXTENSION} else self.begin


def value_at(pieces: Pieces, position: int) -> Value:
    """The value that begins at a position. Raises DamagedError where none does or the file ends in it."""
    raw = pieces.read(position, 9)
    if not raw:
        raise DamagedError
    first = raw[0]
    if first < 0x80:
        value = Value(NUMBER, position + 1, first)
    elif first < 0x90:
        value = Value(MAP, position + 1, first & 0x0F)
    elif first < 0xA0:
        value = Value(LIST, position + 1, first & 0x0F)
    elif first < 0xC0:
        value = Value(TEXT, position + 1, first & 0x1F)
    elif first in _SIZES:
        kind, width = _SIZES[first]
        count = _number(raw, 1, width)
        if kind == EXTENSION:
            value = Value(kind, position + 2 + width, count, _number(raw, 1 + width, 1))
        else:
            value = Value(kind, position + 1 + width, count)
    elif first in _UNSIGNED:
        value = Value(NUMBER, position + 1 + _UNSIGNED[first], _number(raw, 1, _UNSIGNED[first]))
    elif 0xD4 <= first <= 0xD8:
        value = Value(EXTENSION, position + 2, 1 << (first - 0xD4), _number(raw, 1, 1))
    elif first in _FIXED or first >= 0xE0:
        value = Value(OTHER, position + 1 + _FIXED.get(first, 0), 0)
    else:
        raise DamagedError
    return value


def _number(raw: bytes, offset: int, width: int) -> int:
    piece = raw[offset : offset + width]
    if len(piece) < width:
        raise DamagedError
    return int.from_bytes(piece, "big")
