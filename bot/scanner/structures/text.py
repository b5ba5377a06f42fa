"""Reading texts whole where that is cheap, and the ends of those that are long."""

from __future__ import annotations

from bot.scanner.readers import BoundedReader, UnreadableError

_UNKNOWN = 2**40
"""A size from which on nobody knows how long it is: that of a stream which is still being unpacked."""


def whole_text(blob: BoundedReader, limit: int) -> tuple[bytes, bool]:
    """All of a file of at most `limit` bytes and True, or the head of a longer one and False."""
    if limit < blob.size < _UNKNOWN:
        return blob.head, False
    try:
        content = blob.read(0, min(limit + 1, blob.size))
    except UnreadableError:
        return blob.head, False
    return (content, True) if len(content) <= limit else (blob.head, False)


def tail(blob: BoundedReader, length: int) -> bytes:
    """The last bytes; none where they cannot be had without unpacking all that comes before."""
    if blob.size >= _UNKNOWN:
        return b""
    try:
        return blob.read(max(0, blob.size - length), length)
    except UnreadableError:
        return b""
