"""Messages of Protocol Buffers written field by field, for formats whose own library is not installed."""

from __future__ import annotations


def varint(number: int) -> bytes:
    raw = bytearray()
    while number > 0x7F:
        raw.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*raw, number])


def field(number: int, content: bytes | int) -> bytes:
    """A field: a number, or bytes with their length."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content
