"""A bare zlib stream, as programs write that compress a dump themselves.

Source: RFC 1950; the second byte is that of one of the four levels.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.scanner.containers.allowance import Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.containers.kinds._single import stream
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.inflating import zlib_stream

TITLE = "compressed with zlib"
SINGLE = True
MARK = rb"\x78[\x01\x5e\x9c\xda]"


def members(path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
    """The file that was compressed."""
    yield from stream(path, blob, allowance, zlib_stream)
