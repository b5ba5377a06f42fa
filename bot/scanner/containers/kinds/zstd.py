"""A file compressed with Zstandard.

Source: RFC 8878: frames of data, and frames to be skipped.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.scanner.containers.allowance import Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.containers.kinds._single import stream
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.inflating import zstandard

TITLE = "compressed with Zstandard"
SINGLE = True
MARK = rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"


def members(path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
    """The file that was compressed."""
    yield from stream(path, blob, allowance, zstandard)
