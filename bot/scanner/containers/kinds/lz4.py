"""A file compressed with LZ4.

Source: LZ4 Frame Format 1.6.4.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.scanner.containers.allowance import Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.containers.kinds._single import stream
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.inflating import lz4_frame

TITLE = "compressed with LZ4"
SINGLE = True
MARK = rb"\x04\x22\x4d\x18"


def members(path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
    """The file that was compressed."""
    yield from stream(path, blob, allowance, lz4_frame)
