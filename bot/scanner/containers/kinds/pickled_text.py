"""Dangerous pickles that a program carries in base64: no size is too small, and the text around them is no matter.

What else is written out in a text, and only where there is much of it: `text.py`.
"""

from __future__ import annotations

import functools
import posixpath
from collections.abc import Iterator

from bot.scanner.containers.allowance import Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.density import is_text
from bot.scanner.pickles.written import written_in
from bot.scanner.readers import BlobReader, BoundedReader

TITLE = "written out in text"
SINGLE = True
MARK = rb"(?:\xef\xbb\xbf)?[\t\n\r\x20-\x7e][\t\n\r\x20-\x7e\x80-\xf4]{15}"
LEAST = 24

_TEXT_LIMIT = 1024 * 1024
"""Bytes of a program that are searched; of other texts the head."""
_PROGRAMS = (".ipynb", ".py", ".pyw")


def members(path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
    """The pickles that call what no model needs."""
    if not is_text(blob.head):
        return
    text = blob.head
    if path.lower().endswith(_PROGRAMS) and blob.size > len(text):
        text = blob.read(0, min(blob.size, _TEXT_LIMIT))
    stem = posixpath.basename(path).split(".")[0]
    for content in written_in(text):
        allowance.inflate(content.size)
        yield Member(f"{stem}.pkl", functools.partial(_given, content))


def _given(content: BlobReader) -> BlobReader:
    return content
