"""nnedi3's weights: one file of known length without any mark, used by the filters of AviSynth, VapourSynth and mpv.

Source: nnedi3_weights.bin as vapoursynth-nnedi3 installs it.
"""

from __future__ import annotations

import struct

from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "nnedi3 weights"
SUFFIXES = ()
MARK = rb"(?:.{3}[\0\x38-\x43\x80\xb8-\xc3]){8}"
NAMES = r"nnedi3_weights|^binary1_0\.9\.4\.bin$"
LEAST = 13_574_928

_SAMPLE = 4096
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the file holds float32 numbers only",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """The one length, and numbers as training leaves them."""
    if blob.size != LEAST:
        return None
    numbers = struct.unpack(f"<{_SAMPLE}f", blob.head[: 4 * _SAMPLE])
    likely = sum(number == 0 or 1e-9 < abs(number) < 1e4 for number in numbers)
    if likely < _SAMPLE or not any(numbers):
        return None
    return Detection(
        format="nnedi3",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE,
        loading=_LOADING,
        parameters=LEAST // 4,
        metadata={"dtypes": "F32"},
        remarks=("Only its length and its numbers speak for it: the format has no mark.",),
    )
