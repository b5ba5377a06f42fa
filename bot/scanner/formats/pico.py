"""Cascades of pico (picojs, pigo): trees of pixel comparisons that find faces, eyes and landmarks.

Nothing marks these files but their sizes, which agree with the file's to the byte. Source: `unpack_cascade` of pico.js
and `unpack_localizer` of lploc.js in picojs.
"""

from __future__ import annotations

import struct

from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "pico cascade"
SUFFIXES = ()
MARK = rb"(?:.{8}[\x01-\x0c]\0\0\0.{2}[\0-\x03]\0|[\x01-\x40]\0\0\0.{2}[\x40-\xff]\x3f.{2}\0\0[\x01-\x10]\0\0\0)"
LEAST = 512

_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers only",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A cascade whose sizes fill the file exactly; None for everything else."""
    return _detector(blob) or _localizer(blob) if blob.size >= LEAST else None


def _detector(blob: BoundedReader) -> Detection | None:
    """Eight bytes, depth and count of trees; each tree has comparisons, leaves and a threshold."""
    depth, trees = struct.unpack("<2i", blob.head[8:16])
    if not 1 <= depth <= 12 or trees < 4:
        return None
    comparisons, leaves = 4 * (2**depth - 1), 2**depth
    step = comparisons + 4 * leaves + 4
    if blob.size != 16 + trees * step:
        return None
    first = blob.head[16 + comparisons : 16 + comparisons + 4 * leaves + 4]
    if not _are_likely(first, 100.0):
        return None
    return _described("detector", trees, trees * (leaves + 1))


def _localizer(blob: BoundedReader) -> Detection | None:
    """Stages, a scale, trees of each stage and their depth; a leaf is a move in two directions."""
    stages, scale, trees, depth = struct.unpack("<ifii", blob.head[:16])
    if not 1 <= stages <= 64 or not 0.5 < scale < 1 or trees < 1 or not 1 <= depth <= 16:
        return None
    comparisons, leaves = 4 * (2**depth - 1), 2**depth
    if blob.size != 16 + stages * trees * (comparisons + 8 * leaves):
        return None
    first = blob.head[16 + comparisons : 16 + comparisons + 8 * min(leaves, 512)]
    if not _are_likely(first, 2.0):
        return None
    return _described("localizer", stages * trees, 2 * stages * trees * leaves)


def _are_likely(raw: bytes, most: float) -> bool:
    numbers = struct.unpack(f"<{len(raw) // 4}f", raw)
    return any(numbers) and all(number == 0 or 1e-12 < abs(number) < most for number in numbers)


def _described(kind: str, trees: int, numbers: int) -> Detection:
    return Detection(
        format="pico",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN,
        loading=_LOADING,
        parameters=numbers,
        metadata={"architecture": f"{kind} of {trees:,} trees"},
    )
