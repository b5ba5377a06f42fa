"""Apertium's statistical taggers (`.prob`): sets of tags, rules, then the probabilities of a hidden Markov model.

Numbers take one to four bytes, by the two highest bits of the first; texts are a length and as many numbers. Its
dictionaries (`.bin`) are word lists and no weights. Source: apertium/tagger_data_hmm.cc of Apertium and
lttoolbox/compression.cc of lttoolbox.
"""

from __future__ import annotations

from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Apertium tagger"
SUFFIXES = ()
MARK = rb"[\x01-\x3f][\0-\x7f][\0-\x08\x0b\x0c\x0e-\x1f][\0-\x08\x0b\x0c\x0e-\x1f]"
NAMES = r"\.prob$"
LEAST = 512

_RULES = 20_000
_TAGS = 2_000
_END = "TAG_kEOF"
"""The tag of the text's end, which every tagger has."""
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds tags and numbers only",))


class _EndError(Exception):
    """The head ends, or the bytes are of another form."""


class _Numbers:
    """Compressed numbers in a row."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._position = 0

    def next(self) -> int:
        if self._position >= len(self._raw):
            raise _EndError
        first = self._raw[self._position]
        width = 1 + (first >> 6)
        value = int.from_bytes(self._raw[self._position : self._position + width], "big")
        self._position += width
        return value & ((1 << (8 * width - 2)) - 1)

    def count(self, limit: int) -> int:
        number = self.next()
        if number > limit:
            raise _EndError
        return number

    def text(self) -> str:
        length = self.count(200)
        return "".join(chr(min(self.next(), 0x10FFFF)) for _ in range(length))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A tagger that has the tag of the text's end; None for everything else."""
    numbers = _Numbers(blob.head)
    try:
        for _ in range(numbers.count(_TAGS)):
            numbers.next()
        for _ in range(2 * numbers.count(_RULES)):
            numbers.next()
        tags = [numbers.text() for _ in range(numbers.count(_TAGS))]
    except _EndError:
        return None
    if _END not in tags or blob.size < 8 * len(tags):
        return None
    return Detection(
        format="apertium-tagger",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN,
        loading=_LOADING,
        metadata={"architecture": "hidden Markov model", "tags": f"{len(tags):,}"},
    )
