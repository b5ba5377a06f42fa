"""The beginning of what a gzip file holds."""

from __future__ import annotations

import zlib

from bot.scanner.readers import BoundedReader

GZIP = b"\x1f\x8b\x08"
"""How a gzip file begins (RFC 1952, 2.3)."""
_STEP = 64 * 1024


def inflated(blob: BoundedReader, limit: int) -> bytes:
    """The first `limit` bytes of the content; fewer where it ends or is damaged there. Read as far as that needs."""
    if not blob.head.startswith(GZIP):
        return b""
    inflater = zlib.decompressobj(31)
    content = bytearray()
    position = 0
    try:
        while position < blob.size and len(content) < limit and not inflater.eof:
            piece = blob.read(position, _STEP)
            position += len(piece)
            content += inflater.decompress(piece, limit - len(content))
            if not piece:
                break
    except zlib.error:
        pass  # what came before the damage is there
    return bytes(content)


def content_of(blob: BoundedReader, limit: int) -> tuple[bytes, bool]:
    """The first `limit` bytes behind gzip, or of the file itself where it is not packed, and whether that is all."""
    if blob.head.startswith(GZIP):
        content = inflated(blob, limit + 1)
        return content[:limit], len(content) <= limit
    return blob.read(0, min(limit, blob.size)), blob.size <= limit
