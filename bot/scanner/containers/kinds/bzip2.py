"""A file compressed with bzip2.

Source: bzip2's manual: a block begins with the digits of pi, an empty file ends with those of its root.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.scanner.containers.allowance import Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.containers.kinds._single import stream
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.inflating import bzip2

TITLE = "compressed with bzip2"
SINGLE = True
MARK = rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"


def members(path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
    """The file that was compressed."""
    yield from stream(path, blob, allowance, bzip2, cost=6)
