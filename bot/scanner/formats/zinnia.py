"""Zinnia: support vectors that recognise handwriting; tomoe and tegaki use its models.

A number that is the file's length and a constant combined, a version, a count, then for each character its name, a
bias, and pairs of an index and a weight up to an index of -1. Source: trainer.cpp and recognizer.cpp of Zinnia.
"""

from __future__ import annotations

from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Zinnia handwriting model"
SUFFIXES = ()
MARK = rb".{3}[\x0d-\x0f\x1e\x1f]\x01\0\0\0.{3}\0"
LEAST = 48

_MAGIC = 0x0EF71821
_HEADER, _CHARACTER, _PAIR = 12, 20, 8
"""Bytes of the header, of a name with its bias, and of an index with its weight."""
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds characters and numbers only",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model whose first number is its own length; None for everything else, and for one that was cut."""
    magic, version, characters = (int.from_bytes(blob.head[4 * n : 4 * n + 4], "little") for n in range(3))
    if magic ^ _MAGIC != blob.size or version != 1 or not 0 < characters <= blob.size // (_CHARACTER + _PAIR):
        return None
    weights = (blob.size - _HEADER - characters * (_CHARACTER + _PAIR)) // _PAIR
    return Detection(
        format="zinnia",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN,
        loading=_LOADING,
        parameters=weights + characters,
        metadata={"architecture": "support vectors", "characters": f"{characters:,}"},
    )
