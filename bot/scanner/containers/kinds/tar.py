"""Tar archives (ustar, GNU, pax), hopping from header to header.

Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar's manual, "Basic Tar Format".
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from bot.scanner.containers.allowance import MEMBERS, Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.containers.kinds._parts import ReadAhead, part
from bot.scanner.readers import BlobReader, BoundedReader, UnreadableError

TITLE = "tar archive"
SINGLE = False
MARK = rb".{257}ustar[\0 ]"
LEAST = 512

_BLOCK = 512
_TEXT_LIMIT = 64 * 1024
"""Bytes of a long name or of extended attributes; longer ones are no archive that is read here."""
_FILES = {b"\0", b"0", b"7"}
_SPARSE = b"S"


@dataclass
class _Next:
    """What the headers before a member say about it."""

    name: bytes | None = None
    size: int | None = None
    sparse: bool = False


def members(_path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
    """The regular files, in the archive's order."""
    source = ReadAhead(blob)
    position, following, first = 0, _Next(), True
    for _ in range(4 * MEMBERS):
        header = source.read(position, _BLOCK)
        if not any(header):
            return
        if len(header) < _BLOCK or not _is_header(header):
            if first:
                return
            raise UnreadableError("it is damaged or cut off")
        first = False
        kind, size = header[156:157], _number(header[124:136])
        start = position + _BLOCK
        if kind in {b"L", b"x"}:
            if size > _TEXT_LIMIT:
                raise UnreadableError("it has a longer header than what is read here")
            _extend(following, kind, source.read(start, size))
            position = start + _padded(size)
            continue
        size = size if following.size is None else following.size
        if kind in _FILES or kind == _SPARSE:
            name = (following.name or _name(header)).decode("utf-8", "replace")
            sparse = following.sparse or kind == _SPARSE
            yield Member(name, _refuse if sparse else functools.partial(part, source, start, size, allowance))
        if kind not in {b"g", b"K"}:
            following = _Next()
        position = start + _padded(size if kind not in {b"1", b"2", b"3", b"4", b"5", b"6"} else 0)
    raise UnreadableError(f"it has more than {4 * MEMBERS:,} headers")


def _refuse() -> BlobReader:
    raise UnreadableError("it is stored with holes, which are not filled here")


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
            following.sparse = True
            following.name = value if key == b"GNU.sparse.name" else following.name
        position += int(length)
