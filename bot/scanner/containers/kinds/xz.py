"""A file compressed with xz, or with lzma before it.

Source: The .xz File Format 1.2.1; LZMA_Alone has no mark, but usual properties and a size below 1 TiB or unknown.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.scanner.containers.allowance import Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.containers.kinds._single import stream
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.inflating import xz

TITLE = "compressed with xz"
SINGLE = True
MARK = rb"\xfd7zXZ\0|\x5d\0\0.{2}(?:\xff{8}|.{5}\0{3})\0"


def members(path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
    """The file that was compressed."""
    yield from stream(path, blob, allowance, xz, cost=2)
