"""Word vectors as text: a word and its numbers on each line, as GloVe, word2vec, fastText and node2vec write them.

A first line `WORDS DIMENSIONS` is usual, except with GloVe. Source: glove.c of GloVe, word2vec.c of word2vec.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Word vectors (text)"
SUFFIXES = ()
MARK = rb"(?:[1-9]\d{0,8} [1-9]\d{0,4} ?\r?\n\S|\S{1,80}(?: -?\d{1,3}(?:\.\d{1,18})?(?:[eE]-?\d{1,3})?){16})"
LEAST = 256

_HEADER = re.compile(rb"([1-9]\d{0,8}) ([1-9]\d{0,4}) ?\r?\n")
_NUMBER = re.compile(rb"-?\d{1,4}(?:\.\d{0,20})?(?:[eE][-+]?\d{1,3})?")
_NAME = re.compile(r"glove|w2v|word2vec|vectors?\b|embeddings?\b|\.vec\b|\.emb\b|fasttext|(^|[._-])wiki", re.IGNORECASE)
_LINES = 300
"""Lines that are looked at."""
_LEAST_WITH_HEADER, _LEAST_WITHOUT, _LEAST_COUNTED = 8, 25, 4
"""Dimensions below which lines of a label and numbers are as likely measurements, atoms or points."""
_VOCABULARY = 20
"""Lines that must begin with words where the numbers are few."""
_USUAL = frozenset(
    ", . the </s> <s> <unk> <pad> of to and in a de que der die und le la и в на 的 UNK <PAD>".encode().split()
)
"""Words of which the lists of many languages have one on top: they are in the order of their frequency."""
_COUNTED = re.compile(rb"(.*?\D)(\d+)")
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds words and numbers only",))


@dataclass(frozen=True)
class _Lines:
    words: list[bytes]
    numbers: list[float]
    dimensions: int
    fractions: int
    """How many of the numbers are written with a point."""
    shortest: int
    """Bytes of the shortest line."""


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """Lines of equal width that begin with words, and numbers as training leaves them; None for everything else."""
    header = _HEADER.match(blob.head)
    lines = _lines(blob.head[header.end() if header else 0 :])
    if lines is None or not _are_likely(lines):
        return None
    if header is not None:
        if int(header[2]) != lines.dimensions:
            return None
        confidence = _with_header(lines, counted=int(header[1]) == len(lines.words) >= 10)
    else:
        confidence = _without_header(path, lines)
    if confidence is None:
        return None
    metadata = {"dimensions": f"{lines.dimensions:,}"}
    parameters, remarks = None, []
    if header is not None:
        words = int(header[1])
        metadata["words"] = f"{words:,}"
        if words * lines.shortest > blob.size:
            remarks.append("It is cut off: not all of its words are there.")
        else:
            parameters = words * lines.dimensions
    return Detection(
        format="word-vectors",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE if remarks and confidence is Confidence.CERTAIN else confidence,
        loading=_LOADING,
        parameters=parameters,
        tensors=1,
        metadata=metadata,
        remarks=tuple(remarks),
    )


def _with_header(lines: _Lines, *, counted: bool) -> Confidence | None:
    """How sure it is; `counted` where the file has as many lines as its first one says, and all were seen."""
    if lines.dimensions < _LEAST_WITH_HEADER or len(lines.words) < 2:
        named = sum(any(byte >= 65 for byte in word) for word in lines.words)
        is_one = (
            counted and named * 10 >= 8 * len(lines.words) and lines.dimensions >= _LEAST_COUNTED and _is_centred(lines)
        )
        return Confidence.PROBABLE if is_one else None
    # The nodes of a graph are numbered, and so are the points of a mesh or the rows of a table.
    if sum(word.isdigit() for word in lines.words) * 2 > len(lines.words):
        return Confidence.PROBABLE if lines.dimensions >= 2 * _LEAST_WITH_HEADER and _is_centred(lines) else None
    if _are_identifiers(lines.words):
        return Confidence.POSSIBLE
    # Tables of characters of species have such a first line too (PHYLIP), and no numbers below zero.
    return Confidence.CERTAIN if _is_centred(lines) else Confidence.POSSIBLE


def _without_header(path: str, lines: _Lines) -> Confidence | None:
    if len(lines.words) < 4 or not _is_centred(lines):
        return None
    if lines.dimensions < _LEAST_WITHOUT:
        named = sum(word.isalpha() and len(word) > 2 for word in lines.words)
        return Confidence.POSSIBLE if len(lines.words) >= _VOCABULARY and named * 10 >= 8 * len(lines.words) else None
    if sum(_NUMBER.fullmatch(word) is not None for word in lines.words) * 4 > len(lines.words):
        return None
    if _are_identifiers(lines.words):
        return Confidence.POSSIBLE
    if _USUAL.intersection(lines.words) or _NAME.search(path.rpartition("/")[2]):
        return Confidence.PROBABLE
    words = sum(word.isalpha() or not word.isascii() for word in lines.words)
    return Confidence.PROBABLE if words * 10 >= 9 * len(lines.words) and len(lines.words) >= 10 else Confidence.POSSIBLE


def _lines(text: bytes) -> _Lines | None:
    """The first lines with an end, None where one of them is not a word and as many numbers as the others have."""
    rows = [row for row in text.split(b"\n", _LINES + 1)[:-1] if row.strip()][:_LINES]
    if not rows:
        return None
    words: list[bytes] = []
    numbers: list[float] = []
    fractions = 0
    dimensions = len(rows[0].split()) - 1
    for row in rows:
        word, *values = row.rstrip().rsplit(b" ", dimensions)
        if len(values) != dimensions or not word or len(word) > 400 or b"\t" in word or b"," in word[:-1]:
            return None
        if not all(_NUMBER.fullmatch(value) for value in values):
            return None
        words.append(word)
        numbers.extend(float(value) for value in values)
        fractions += sum(b"." in value or b"e" in value for value in values)
    return _Lines(words, numbers, dimensions, fractions, min(len(row) for row in rows))


def _are_likely(lines: _Lines) -> bool:
    """True where no word comes twice and the numbers are small fractions."""
    return (
        len(set(lines.words)) == len(lines.words)
        and lines.fractions * 10 >= 8 * len(lines.numbers)
        and all(abs(number) < 200 for number in lines.numbers)
    )


def _are_identifiers(words: list[bytes]) -> bool:
    """True for one stem with running numbers (`st0`, `st1`), or names with numbers in order: no vocabulary."""
    matches = [match for word in words if (match := _COUNTED.fullmatch(word))]
    if len(words) < 2 or len(matches) * 10 < 9 * len(words):
        return False
    return len({match[1] for match in matches}) == 1 or words == sorted(words)


def _is_centred(lines: _Lines) -> bool:
    """True where both signs are frequent, as with vectors that training spread around zero."""
    negative = sum(number < 0 for number in lines.numbers)
    return len(lines.numbers) <= 6 * negative <= 5 * len(lines.numbers)
