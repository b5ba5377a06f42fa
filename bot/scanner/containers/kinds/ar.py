"""Archives of ar: Debian packages and static libraries.

Source: deb(5); ar(5) of FreeBSD for both ways to keep long names.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from bot.scanner.containers.allowance import MEMBERS, Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.containers.kinds._parts import ReadAhead, part
from bot.scanner.readers import BoundedReader, UnreadableError

TITLE = "ar archive"
SINGLE = False
MARK = rb"!<arch>\n"

_HEADER = 60
_NAMES_LIMIT = 1024 * 1024
"""Bytes of GNU's table of long names."""


def members(_path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
    """The members but for the tables of symbols and of names."""
    source = ReadAhead(blob)
    position, table = 8, b""
    for _ in range(MEMBERS + 2):
        header = source.read(position, _HEADER)
        if not header.strip():
            return
        digits = header[48:58].strip()
        if header[58:60] != b"`\n" or not digits.isdigit():
            raise UnreadableError("it is damaged or cut off")
        name, start, size = header[:16].rstrip(b" "), position + _HEADER, int(digits)
        position = start + size + size % 2
        if name == b"//":
            table = source.read(start, min(size, _NAMES_LIMIT))
            continue
        if name in {b"/", b"/SYM64/", b"__.SYMDEF"}:
            continue
        if name.startswith(b"#1/") and name[3:].isdigit():
            length = min(int(name[3:]), size, 4096)
            name, start, size = source.read(start, length).rstrip(b"\0"), start + length, size - length
        elif name.startswith(b"/") and name[1:].isdigit():
            name = table[int(name[1:]) :].split(b"\n")[0][:4096]
        text = name.removesuffix(b"/").decode("utf-8", "replace")
        yield Member(text, functools.partial(part, source, start, size, allowance))
    raise UnreadableError(f"it has more than {MEMBERS:,} members")
