"""Pickles that a program carries in base64, however short: `pickle.loads(base64.b64decode("..."))`.

Source: RFC 4648 for base64; how the first instructions of a pickle look in it follows from Python's pickletools.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.scanner.pickles.following import trace_all
from bot.scanner.pickles.nested import from_base64
from bot.scanner.pickles.traces import Allowance
from bot.scanner.readers import BlobReader, BytesReader

_MARKED, _PROTOCOLS = b"gA", b"JNRSVW"
"""PROTO 2 to 5, and what comes after."""
_STARTS = (b"Y29z", b"Y3B", b"Y2J", b"Y19f", b"Y25", b"Y3N", b"KGNv", b"KFMn")
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

    Nearly every text is turned away by a few searches for three or four letters.
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
    yield from (place for place in _found(text, _MARKED) if text[place + 2 : place + 3] in _PROTOCOLS)
    if b"64" in text:  # a program that decodes what has no mark says so
        for letters in _STARTS:
            yield from _found(text, letters)


def _found(text: bytes, letters: bytes) -> Iterator[int]:
    found, position = 0, text.find(letters)
    while position >= 0 and found < _TOKENS:
        if not text[max(0, position - 1) : position].isalnum():
            found += 1
            yield position
        position = text.find(letters, position + 1)
