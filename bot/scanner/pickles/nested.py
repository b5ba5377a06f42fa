"""Byte and text strings of a pickle that may be pickles themselves: as they are, in base64, or in hexadecimal."""

from __future__ import annotations

import base64
import binascii
import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from bot.scanner.pickles.opcodes import Skipped, unescaped
from bot.scanner.readers import BlobReader, BytesReader, UnreadableError

_LONGEST_DECODED = 1024 * 1024
"""Bytes of an encoded text, or of a zip, that are decoded."""
_MEMBERS = 64
_STARTS = (
    rb"\x80[\2-\5][^\0]"
    rb"|[ci][A-Za-z_][\w.]{1,80}\n[A-Za-z_][\w.]{0,80}\n"
    rb"|\x8c[\1-\x40][A-Za-z_][\w.]{0,63}\x94?\x8c[\1-\x40][A-Za-z_][\w.]{0,63}\x94?\x93"
)
"""PROTO, which is there from protocol 2 on; a callable that is named in two lines (GLOBAL, INST), or by two texts
(STACK_GLOBAL)."""
START = re.compile(_STARTS, re.DOTALL)
"""How a pickle, or the part of one that names its first callable, begins."""
_ZIP = b"PK\x03\x04"
_ENCODED = re.compile(
    rb"(?P<hex>(?:8004|8002|8003|8005|63|69|28)[0-9a-fA-F]{12,})|(?P<base64>(?:gA|Y|aW|K[A-P])[A-Za-z0-9+/_-]{10,}={0,2})"
)
"""How 0x80, `c`, `i` and `(` begin in hexadecimal and base64."""
_TOKENS = 16
"""Encoded words of one text that are decoded."""
_LEAST = 10
"""Bytes of the shortest pickle that calls something by its name."""


def may_be_pickle(content: bytes) -> bool:
    """True where a string is worth following, by its content or as much as is known of it."""
    if len(content) < _LEAST:
        return False
    if content.startswith(_ZIP) or START.search(content) or _ENCODED.search(content):
        return True
    return b"\\x" in content


def begins_as_pickle(head: bytes) -> bool:
    """True where the first bytes are those of a pickle that may call something."""
    return START.match(head) is not None or START.search(head, 0, 200) is not None


def contents(value: bytes | str | Skipped, blob: BlobReader) -> Iterator[tuple[BlobReader, bool]]:
    """What there is in a string that may be a pickle, and whether it begins there: what is found in the middle of
    numbers is mostly none. Raises UnreadableError."""
    if isinstance(value, Skipped):
        part = Part(blob, value.start, value.length)
        start = value.begins
    else:
        start = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
        part = Part(BytesReader(start), 0, len(start))
    if start.startswith(_ZIP):
        yield from ((member, True) for member in _members(part))
        return
    if match := START.search(start):
        yield Part(part, match.start(), part.size), match.start() == 0
    if part.size <= _LONGEST_DECODED and (b"\\x" in start or _ENCODED.search(start)):
        yield from ((plain, True) for plain in _decoded(part.read(0, part.size)))


def _decoded(text: bytes) -> Iterator[BlobReader]:
    if b"\\x" in text and START.search(plain := unescaped(text)):
        yield BytesReader(plain)
    for _, match in zip(range(_TOKENS), _ENCODED.finditer(text), strict=False):
        try:
            raw = (
                binascii.unhexlify(match["hex"][: len(match["hex"]) & ~1])
                if match["hex"]
                else from_base64(match["base64"])
            )
        except (binascii.Error, ValueError):
            continue
        if START.search(raw):
            yield BytesReader(raw)


def from_base64(token: bytes) -> bytes:
    """What a word of base64 stands for, in either alphabet, with or without its end. Raises ValueError."""
    token = token.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    token = token[: len(token) - (len(token) % 4 == 1)]
    return base64.b64decode(token + b"=" * (-len(token) % 4))


def _members(part: Part) -> Iterator[BlobReader]:
    """The pickles of a zip that stands in a string, as `torch.save` writes one."""
    if part.size > _LONGEST_DECODED:
        raise UnreadableError("a zip in it is too large to be looked into")
    try:
        with zipfile.ZipFile(io.BytesIO(part.read(0, part.size))) as archive:
            for info in archive.infolist()[:_MEMBERS]:
                if info.file_size <= _LONGEST_DECODED:
                    with archive.open(info) as stream:
                        content = stream.read(_LONGEST_DECODED)
                    if begins_as_pickle(content[:256]):
                        yield BytesReader(content)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise UnreadableError("a zip in it cannot be looked into") from error


class Part:
    """A part of a blob as a BlobReader."""

    def __init__(self, blob: BlobReader, start: int, length: int) -> None:
        self._blob, self._start = blob, start
        self.size = max(0, min(length, blob.size - start))

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of the part."""
        return self._blob.read(self._start + offset, max(0, min(length, self.size - offset)))
