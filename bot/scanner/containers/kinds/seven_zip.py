"""7-Zip archives, whose directory is compressed itself: they are named and not looked into.

Source: DOC/7zFormat.txt of the LZMA SDK.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.scanner.containers.allowance import Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.readers import BoundedReader, UnreadableError

TITLE = "7-Zip archive"
SINGLE = False
MARK = rb"7z\xbc\xaf\x27\x1c"


def members(_path: str, _blob: BoundedReader, _allowance: Allowance) -> Iterator[Member]:
    """None: it is refused."""
    raise UnreadableError("this kind is not unpacked here")
