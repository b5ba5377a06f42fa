"""Archives of cpio, as in RPM packages and initial file systems of Linux.

Source: cpio(5) of FreeBSD: the new portable format with and without checksums, and POSIX's old one.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from bot.scanner.containers.allowance import MEMBERS, Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.containers.kinds._parts import ReadAhead, part
from bot.scanner.readers import BoundedReader, UnreadableError

TITLE = "cpio archive"
SINGLE = False
MARK = rb"07070[127][0-9A-Fa-f]{6}"

_REGULAR = 0o100000
_LONGEST_NAME = 4096


def members(_path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
    """The regular files, in the archive's order."""
    source = ReadAhead(blob)
    position = 0
    for count in range(4 * MEMBERS):
        header = source.read(position, 110)
        fields = _fields(header)
        if fields is None:
            if not count:
                return
            raise UnreadableError("it is damaged or cut off")
        mode, name_length, size, length, align = fields
        name = source.read(position + length, min(name_length, _LONGEST_NAME)).rstrip(b"\0")
        if name == b"TRAILER!!!":
            return
        start = _aligned(position + length + name_length, align)
        if mode & 0o170000 == _REGULAR:
            text = name.decode("utf-8", "replace")
            yield Member(text, functools.partial(part, source, start, size, allowance))
        position = _aligned(start + size, align)
    raise UnreadableError(f"it has more than {4 * MEMBERS:,} members")


def _fields(header: bytes) -> tuple[int, int, int, int, int] | None:
    """Mode, length of the name, size, length of the header, and what the parts are aligned to."""
    try:
        if header[:6] in {b"070701", b"070702"} and len(header) == 110:
            return int(header[14:22], 16), int(header[94:102], 16), int(header[54:62], 16), 110, 4
        if header[:6] == b"070707" and len(header) >= 76:
            return int(header[18:24], 8), int(header[59:65], 8), int(header[65:76], 8), 76, 1
    except ValueError:
        pass
    return None


def _aligned(position: int, align: int) -> int:
    return -(-position // align) * align
