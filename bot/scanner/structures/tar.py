"""The members of a tar archive (ustar, GNU, pax), by hopping from header to header.

Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar's manual, "Basic Tar Format".
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from bot.scanner.readers import BlobReader, BoundedReader
from bot.scanner.structures.pages import DamagedError

MARK = rb".{257}ustar[\0 ]"
_BLOCK = 512
_TEXT_LIMIT = 64 * 1024
"""Bytes of a long name or of extended attributes; longer ones are no archive that is read here."""
_FIRST_HEADERS = 4_000
"""Headers among which the first members are looked for."""
_FILES = {b"\0", b"0", b"7"}
_SPARSE = b"S"
_WITHOUT_CONTENT = {b"1", b"2", b"3", b"4", b"5", b"6"}
"""Links, devices, folders and pipes; some writers give them a size."""


@dataclass(frozen=True)
class TarMember:
    """An entry of an archive."""

    name: str
    """As it is written there. Foreign text."""
    start: int
    size: int
    """Bytes that its header promises."""
    is_file: bool
    is_sparse: bool
    """True for a file that is stored with holes: what stands here is not its content."""


@dataclass
class _Next:
    """What the headers before a member say about it."""

    name: bytes | None = None
    size: int | None = None
    is_sparse: bool = False


def tar_members(source: BlobReader, headers: int) -> Iterator[TarMember]:
    """The members in their order; none where it does not begin as an archive.

    Raises DamagedError where a header is damaged or cut off, and after so many headers; UnreadableError as `source`.
    """
    position, following = 0, _Next()
    for number in range(headers):
        header = source.read(position, _BLOCK)
        if not any(header):
            return
        if len(header) < _BLOCK or not _is_header(header):
            if number == 0:
                return
            raise DamagedError
        kind, size = header[156:157], _number(header[124:136])
        start = position + _BLOCK
        if kind in {b"L", b"x"}:
            if size > _TEXT_LIMIT:
                raise DamagedError
            _extend(following, kind, source.read(start, size))
            position = start + _padded(size)
            continue
        size = size if following.size is None else following.size
        if kind not in {b"g", b"K"}:
            name = (following.name or _name(header)).decode("utf-8", "replace")
            is_sparse = following.is_sparse or kind == _SPARSE
            yield TarMember(name, start, size, kind in _FILES or kind == _SPARSE, is_sparse)
            following = _Next()
        position = start + _padded(size if kind not in _WITHOUT_CONTENT else 0)
    raise DamagedError


def first_members(blob: BoundedReader, most: int) -> list[TarMember]:
    """At most so many members, as far as the archive can be followed. Raises UnreadableError as the blob does."""
    found: list[TarMember] = []
    with contextlib.suppress(DamagedError):
        found.extend(itertools.islice(tar_members(blob, _FIRST_HEADERS), most))
    return found


def _is_header(header: bytes) -> bool:
    """True where the checksum holds: the sum of all bytes, with spaces in its own place."""
    return sum(header) - sum(header[148:156]) + 8 * 32 == _number(header[148:156])


def _number(field: bytes) -> int:
    """Octal digits, or base 256 where the first bit is set (GNU)."""
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big") if field[0] == 0x80 else 0
    digits = field.strip(b"\0 ").split(b"\0")[0]
    return int(digits, 8) if digits and not digits.strip(b"01234567") else 0


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _name(header: bytes) -> bytes:
    name, prefix = header[:100].split(b"\0")[0], header[345:500].split(b"\0")[0]
    return prefix + b"/" + name if prefix and header[257:263] == b"ustar\0" else name


def _extend(following: _Next, kind: bytes, raw: bytes) -> None:
    if kind == b"L":
        following.name = raw.split(b"\0")[0]
        return
    position = 0
    while position < len(raw):
        length, _, _ = raw[position : position + 20].partition(b" ")
        if not length.isdigit() or not int(length):
            return
        _, _, record = raw[position : position + int(length)].rstrip(b"\n").partition(b" ")
        key, _, value = record.partition(b"=")
        if key == b"path":
            following.name = value
        elif key == b"size" and value.isdigit() and len(value) < 20:
            following.size = int(value)
        elif key.startswith(b"GNU.sparse."):
            following.is_sparse = True
            following.name = value if key == b"GNU.sparse.name" else following.name
        position += int(length)
