"""A file compressed with gzip, or several that stand one after the other.

Source: RFC 1952; the last four bytes are the content's length, modulo 2^32.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.scanner.containers.allowance import Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.containers.kinds._single import stream
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.inflating import gzip

TITLE = "compressed with gzip"
SINGLE = True
MARK = rb"\x1f\x8b\x08"


def members(path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
    """The file that was compressed."""
    claimed = int.from_bytes(blob.read(max(0, blob.size - 4), 4), "little")
    yield from stream(path, blob, allowance, gzip, size=claimed or None)
