"""Pickles that a program carries in base64, however short: `pickle.loads(base64.b64decode("..."))`.

Source: RFC 4648 for base64; how the first instructions of a pickle look in it follows from Python's pickletools.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from bot.scanner.pickles.following import trace_all
from bot.scanner.pickles.nested import from_base64
from bot.scanner.pickles.traces import Allowance
from bot.scanner.readers import BlobReader, BytesReader

_MARKED = re.compile(rb"gA(?<![A-Za-z0-9]gA)[JNRSVW]")
"""PROTO 2 to 5, and what comes after. The letters come before the look behind them: what begins so is found quickly."""
_UNMARKED = (
    re.compile(rb"Y(?<![A-Za-z0-9]Y)(?:29z|3B|2J|19f|25|3N)"),
    re.compile(rb"K(?<![A-Za-z0-9]K)(?:GNv|FMn)"),
)
"""GLOBAL of `os`, `posix`, `builtins`, `__builtin__`, `nt`, `sys` or `subprocess`; a mark and one of them, or a mark
and a text."""
_TOKEN = re.compile(rb"[A-Za-z0-9+/_-]{16,65536}+={0,2}")
_GAP = re.compile(rb"\\n|[\s\"'\\+()]")
"""What stands between the pieces of a string that was broken into lines."""
_PIECES = 4 * 1024
"""Characters of a string in pieces: a longer one is seen by its amount (`bot/scanner/containers/kinds/text.py`)."""
_TOKENS = 500
"""Strings of one text that are followed."""
_INSTRUCTIONS = 200_000


def written_in(text: bytes) -> Iterator[BlobReader]:
    """The dangerous pickles among the strings of a text; harmless ones are of no interest here.

    Nearly every text is turned away by a search or three for a few letters.
    """
    allowance = Allowance(_INSTRUCTIONS)
    for start in sorted(_places(text))[:_TOKENS]:
        match = _TOKEN.match(text, start)
        for token in (match[0] if match else b"", _GAP.sub(b"", text[start : start + _PIECES])):
            whole = _TOKEN.match(token)
            try:
                content = BytesReader(from_base64(whole[0])) if whole else None
            except ValueError:
                continue
            if content is not None and any(each.names_danger for each in trace_all(content, allowance=allowance)):
                yield content
                break


def _places(text: bytes) -> Iterator[int]:
    """Where a string begins as a pickle does."""
    # A program that decodes what has no mark says so.
    for start in (_MARKED, *_UNMARKED) if b"64" in text else (_MARKED,):
        for match in itertools.islice(start.finditer(text), _TOKENS):
            yield match.start()
