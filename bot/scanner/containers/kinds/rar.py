"""RAR archives: their directory can be read, their compression is nobody's but its maker's.

Source: RAR 5.0 archive format, technote of RARLAB.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.scanner.containers.allowance import Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.readers import BoundedReader, UnreadableError

TITLE = "RAR archive"
SINGLE = False
MARK = rb"Rar!\x1a\x07[\x00\x01]"


def members(_path: str, _blob: BoundedReader, _allowance: Allowance) -> Iterator[Member]:
    """None: it is refused."""
    raise UnreadableError("this kind is not unpacked here")
