"""The members of a tar archive, by hopping from header to header.

Source: POSIX.1-2017, pax, "ustar Interchange Format".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.scanner.readers import BoundedReader

MARK = rb".{257}ustar[\0 ]"
_BLOCK = 512
_HEADERS = 4_000
"""Headers that are read of one archive."""
_FILES = b"\x000"
_EXTENSIONS = b"xgLK"
"""Kinds of members that only describe the next one."""


@dataclass(frozen=True)
class TarMember:
    """A file in an archive."""

    name: str
    """Without a leading `./`. Names longer than a header holds are cut; no format here has them."""
    start: int
    size: int
    """Bytes that its header promises."""
    is_file: bool


def tar_members(blob: BoundedReader) -> Iterator[TarMember]:
    """The members in their order, as far as headers follow one another. Raises UnreadableError as the blob does."""
    position = 0
    for _ in range(_HEADERS):
        header = blob.read(position, _BLOCK)
        if len(header) < _BLOCK or header[257:262] != b"ustar" or not _is_sound(header):
            return
        size = _octal(header[124:136])
        kind = header[156:157]
        if kind not in _EXTENSIONS:
            name = header[:100].split(b"\0")[0].decode("utf-8", "replace").removeprefix("./")
            yield TarMember(name, position + _BLOCK, size, kind in _FILES)
        position += _BLOCK + -(-size // _BLOCK) * _BLOCK
        if position >= blob.size:
            return


def _is_sound(header: bytes) -> bool:
    """True where the checksum holds: the sum of all bytes, its own place taken as spaces."""
    return sum(header) - sum(header[148:156]) + 8 * 0x20 == _octal(header[148:156])


def _octal(field: bytes) -> int:
    if field[0] & 0x80:  # base 256, for files beyond 8 GiB (GNU)
        return int.from_bytes(field[1:], "big") if field[0] == 0x80 else 0
    digits = field.split(b"\0")[0].strip()
    return int(digits, 8) if digits and not digits.strip(b"01234567") else 0
