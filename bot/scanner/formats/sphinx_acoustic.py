"""Acoustic models of CMU Sphinx: a folder of arrays (`means`, `variances`, ...), each with a short text before it.

The text ends with `endhdr`; a number that tells the byte order follows, then the array's sizes. Mixture weights may
come quantized as `sendump`, which has a text of another form. Source: src/util/bio.c, src/ms_gauden.c,
src/ms_senone.c, src/tmat.c and src/s2_semi_mgau.c of PocketSphinx.
"""

from __future__ import annotations

import math
import posixpath

from bot.scanner.readers import BoundedReader
from bot.scanner.structures.pages import DamagedError, Pages
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "CMU Sphinx acoustic model"
SUFFIXES = ()
MARK = rb"(?:s3\r?\n|.{4}BEGIN FILE FORMAT DESCRIPTION\0)"

_PARTS = ("means", "variances", "mixture_weights", "transition_matrices", "sendump", "mdef", "feature_transform")
_HEADER_LIMIT = 4096
_MAGIC = (0x11223344).to_bytes(4, "little")
_STREAM_LIMIT = 64
"""Streams of features; models have one to four."""
_TEXT_LIMIT = 100
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds arrays of numbers only",))


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """One array of a model; None for other files of the toolkit, such as tables of logarithms."""
    if blob.head[4:].startswith(b"BEGIN FILE FORMAT DESCRIPTION\0"):
        return _dump(path, blob)
    if not blob.head.startswith(b"s3"):
        return None
    end = blob.head.find(b"endhdr\n", 0, _HEADER_LIMIT)
    if end < 0 or b"version" not in blob.head[:end]:
        return None
    start = end + len(b"endhdr\n")
    magic = blob.head[start : start + 4]
    if magic not in {_MAGIC, _MAGIC[::-1]}:
        return None
    order = "little" if magic == _MAGIC else "big"
    numbers = [
        int.from_bytes(blob.head[place : place + 4], order)  # type: ignore[arg-type]
        for place in range(start + 4, start + 4 * (_STREAM_LIMIT + 6), 4)
    ]
    part, shape = _shape(numbers)
    if not shape or math.prod(shape) == 0:
        return None
    whole = start + 4 + 4 * math.prod(shape) <= blob.size
    return _described(path, part, math.prod(shape), whole=whole)


def _shape(numbers: list[int]) -> tuple[str, list[int]]:
    """What the sizes belong to, and the array's shape; empty where they do not agree with the count after them."""
    codebooks, streams, densities = numbers[:3]
    if 0 < streams <= _STREAM_LIMIT:
        width = sum(numbers[3 : 3 + streams])
        if width > 0 and numbers[3 + streams] == codebooks * densities * width:
            return "Gaussian means or variances", [codebooks, densities, width]
    if 0 < numbers[3] == math.prod(numbers[:3]):
        kind = "transition matrices" if numbers[2] == numbers[1] + 1 else "mixture weights"
        return kind, numbers[:3]
    return "", []


def _dump(path: str, blob: BoundedReader) -> Detection | None:
    """`sendump`: texts with their lengths, an empty one, then rows and columns of quantized mixture weights."""
    pages = Pages(blob, 0)
    order: str = "little" if 0 < pages.number(0, 4) < 1000 else "big"

    def number(place: int) -> int:
        return int.from_bytes(pages.read(place, 4), order)  # type: ignore[arg-type]

    position = 0
    words: dict[bytes, int] = {}
    try:
        for _ in range(_TEXT_LIMIT):
            length = number(position)
            if length == 0 or length > 1000:
                break
            name, _, value = pages.read(position + 4, length).rstrip(b"\0").partition(b" ")
            if value.isdigit():
                words[name] = int(value)
            position += 4 + length
        streams = max(1, words.get(b"feature_count", 1))
        if words.get(b"cluster_count"):
            numbers = words.get(b"mixture_count", 0) * words.get(b"model_count", 0) * streams
        else:
            numbers = number(position + 4) * number(position + 8) * streams
    except DamagedError:
        return _described(path, "mixture weights (quantized)", None, whole=False)
    return _described(path, "mixture weights (quantized)", numbers, whole=numbers // 2 <= blob.size)


def _described(path: str, part: str, parameters: int | None, *, whole: bool) -> Detection:
    own = posixpath.basename(path)
    return Detection(
        format="sphinx-acoustic",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if whole else Confidence.PROBABLE,
        loading=_LOADING,
        parameters=parameters if whole else None,
        tensors=1,
        metadata={"part": part},
        companions=tuple(name for name in _PARTS if name != own) if own in _PARTS else (),
        remarks=() if whole else ("It is cut off: not all of its numbers are there.",),
    )
