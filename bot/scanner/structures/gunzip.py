"""The beginning of what a gzip file holds."""

from __future__ import annotations

from bot.scanner.readers import BoundedReader
from bot.scanner.structures.inflating import Inflated, gzip

GZIP = b"\x1f\x8b\x08"
"""How a gzip file begins (RFC 1952, 2.3)."""


def inflated(blob: BoundedReader, limit: int) -> bytes:
    """The first `limit` bytes of the content; fewer where it ends or is damaged there. Read as far as that needs."""
    if not blob.head.startswith(GZIP):
        return b""
    return Inflated(blob, gzip, spend=_nothing).read(0, limit)


def content_of(blob: BoundedReader, limit: int) -> tuple[bytes, bool]:
    """The first `limit` bytes behind gzip, or of the file itself where it is not packed, and whether that is all."""
    if blob.head.startswith(GZIP):
        content = inflated(blob, limit + 1)
        return content[:limit], len(content) <= limit
    return blob.read(0, min(limit, blob.size)), blob.size <= limit


def _nothing(_count: int) -> None:
    """No limit but that of what is read."""
