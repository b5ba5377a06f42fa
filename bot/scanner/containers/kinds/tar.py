"""Tar archives (ustar, GNU, pax)."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from bot.scanner.containers.allowance import MEMBERS, Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.containers.kinds._parts import ReadAhead, part
from bot.scanner.readers import BlobReader, BoundedReader, UnreadableError
from bot.scanner.structures import tar
from bot.scanner.structures.pages import DamagedError

TITLE = "tar archive"
SINGLE = False
MARK = tar.MARK
LEAST = 512

_HEADERS = 4 * MEMBERS


def members(_path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
    """The regular files, in the archive's order."""
    source = ReadAhead(blob)
    try:
        for entry in tar.tar_members(source, _HEADERS):
            if entry.is_file:
                opened = functools.partial(part, source, entry.start, entry.size, allowance)
                yield Member(entry.name, _refuse if entry.is_sparse else opened)
    except DamagedError as error:
        raise UnreadableError(f"it is damaged or cut off, or has more than {_HEADERS:,} headers") from error


def _refuse() -> BlobReader:
    raise UnreadableError("it is stored with holes, which are not filled here")
