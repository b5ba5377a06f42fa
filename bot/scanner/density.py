"""Whether a text holds long runs of encoded bytes or of numbers, told from small samples of it.

Nearly all text is turned away here, by one expression on a few dozen bytes at each of forty places.
"""

from __future__ import annotations

import enum
import re

from bot.scanner.readers import BoundedReader

_PLACES = 40
_WIDTH = 24
"""Bytes of a sample: few of ordinary text have neither blanks nor the marks that sentences and programs need."""
_AROUND = 480
"""Bytes that are looked at where a sample is dense."""
_FURTHER = 6
"""Places beyond the head of a longer text that are read."""
_FARTHEST = 8 * 1024 * 1024
"""Bytes of a text beyond which no place is read: a compressed one is unpacked as far as somebody asks."""
_CODED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_= \r\n\"',\\"
_BASE85 = _CODED + b"!#$%&()*;<>?@^`{|}~"
_UNBROKEN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=!#$%&()*;<>?@^`{|}~"
_NUMERIC = b"0123456789abcdefABCDEFxXui,.+-* \t\r\n{}[]()\\\"'"
_DENSE = re.compile(b"[%b]++|[%b]++" % (re.escape(_UNBROKEN), re.escape(_NUMERIC)))
_CAPITALS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SMALL = b"abcdefghijklmnopqrstuvwxyz"
_DIGITS = b"0123456789"
_HEX = b"0123456789abcdefABCDEF"
_BLANK = b" \t\r\n-="


class Density(enum.Flag):
    """What a text holds long runs of."""

    NONE = 0
    NUMBERS = enum.auto()
    """Lists of numbers."""
    CODE = enum.auto()
    """Base64, base85, hexadecimal digits without separators."""


def is_text(head: bytes) -> bool:
    """True where the head holds no byte that text never has."""
    return b"\0" not in head[:4096]


def density(blob: BoundedReader) -> Density:
    """Of which kinds some place of the text is all but free of words. Several ask; it is looked for once."""
    found = blob.measured.get("density")
    if not isinstance(found, Density):
        found = blob.measured["density"] = _sampled(blob)
    return found


def _sampled(blob: BoundedReader) -> Density:
    head = blob.head
    if not is_text(head):
        return Density.NONE
    found = Density.NONE
    for place in range(0, len(head), max(_WIDTH, len(head) // _PLACES)):
        if _DENSE.fullmatch(head, place, place + _WIDTH):
            start = max(0, min(place, len(head) - _AROUND))
            seen = _density(head[start : start + _AROUND])
            found = found if seen is Density.NONE else found | seen  # a union of flags is slow
    end = min(blob.size, _FARTHEST)
    if end > len(head):
        step = max(1, (end - len(head)) // _FURTHER)
        for place in range(len(head) + step // 2, end, step):
            found |= _density(blob.read(place, _AROUND))
    return found


def _density(sample: bytes) -> Density:
    length = len(sample)
    if len(sample.translate(None, _NUMERIC)) * 16 <= length:
        # Indentation and rules of dashes are no numbers.
        if _count(sample, _DIGITS) * 5 < length or len(sample.translate(None, _BLANK)) * 2 < length:
            return Density.NONE
        return Density.CODE if _count(sample, _HEX) * 10 >= length * 9 else Density.NUMBERS
    blanks = sample.count(b" ")
    is_base64 = len(sample.translate(None, _CODED)) * 24 <= length and blanks * 4 <= length
    if not is_base64 and (len(sample.translate(None, _BASE85)) * 24 > length or blanks * 40 > length):
        return Density.NONE
    # Of 64 letters and digits, 26 are capitals, 26 small and 10 digits; identifiers and constants are made otherwise.
    is_coded = (
        _count(sample, _CAPITALS) * 6 >= length
        and _count(sample, _SMALL) * 8 >= length
        and _count(sample, _DIGITS) * 40 >= length
    )
    return Density.CODE if is_coded else Density.NONE


def _count(sample: bytes, characters: bytes) -> int:
    return len(sample) - len(sample.translate(None, characters))
