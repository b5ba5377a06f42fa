"""Word vectors in the binary form of word2vec: `WORDS DIMENSIONS`, then each word, a space and its float32 numbers.

Source: word2vec.c of word2vec (a line end follows each vector), KeyedVectors of gensim (none follows).
"""

from __future__ import annotations

import re
import struct

from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError, Pages
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Word vectors (word2vec, binary)"
SUFFIXES = ()
MARK = rb"[1-9]\d{0,8} [1-9]\d{0,4} ?\r?\n"
LEAST = 64

READ_LIMIT = 256 * 1024
_HEADER = re.compile(rb"([1-9]\d{0,8}) ([1-9]\d{0,4}) ?\r?\n")
_WORD_LIMIT = 400
"""Bytes of one word; phrases are joined with underscores and may be long."""
_ENTRIES = 24
"""Entries that are walked."""
_NUMBERS = 24
"""Numbers that must have been seen before the structure counts as read."""
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds words and numbers only",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """Vectors whose first entries are words with likely numbers; None for everything else."""
    match = _HEADER.match(blob.head)
    if match is None:
        return None
    words, dimensions = int(match[1]), int(match[2])
    pages = Pages(blob, READ_LIMIT)
    position, walked, cut = match.end(), 0, False
    try:
        for _ in range(min(words, _ENTRIES)):
            position = _after_entry(pages, position, dimensions)
            walked += 1
    except (DamagedError, BudgetExceededError):
        cut = position + _WORD_LIMIT + 4 * dimensions > blob.size
        if walked * dimensions < _NUMBERS or not (cut or walked >= 8):
            return None
    if walked * dimensions < _NUMBERS:
        return None
    cut = cut or words * (4 * dimensions + 2) > blob.size
    return Detection(
        format="word2vec",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE if cut or walked < min(words, _ENTRIES) else Confidence.CERTAIN,
        loading=_LOADING,
        parameters=None if cut else words * dimensions,
        tensors=1,
        metadata={"words": f"{words:,}", "dimensions": f"{dimensions:,}", "dtypes": "F32 (1)"},
        remarks=("It is cut off: not all of its words are there.",) if cut else (),
    )


def _after_entry(pages: Pages, position: int, dimensions: int) -> int:
    """The end of one word with its vector. Raises DamagedError where it is none."""
    room = min(_WORD_LIMIT + 1, pages.size - position)
    word, space, _ = pages.read(position, max(0, room)).lstrip(b"\n").partition(b" ")
    if not space or not word or b"\0" in word or b"\n" in word:
        raise DamagedError
    position += pages.read(position, 1) == b"\n"
    begin = position + len(word) + 1
    raw = pages.read(begin, 4 * dimensions)
    if not _are_likely(raw):
        raise DamagedError
    return begin + len(raw)


def _are_likely(raw: bytes) -> bool:
    """True for little-endian numbers as training leaves them; text and most other bytes give others."""
    if raw.isascii():
        return not any(raw)  # a word that was never trained
    numbers = struct.unpack(f"<{len(raw) // 4}f", raw)
    return all(number == 0 or 1e-9 < abs(number) < 1e3 for number in numbers)
