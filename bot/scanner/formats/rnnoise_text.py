"""RNNoise models as text (`.rnnn`), as FFmpeg's `arnndn` reads them: a line, then layers of whole numbers.

Source: libavfilter/af_arnndn.c of FFmpeg; rnnoise-nu.
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "RNNoise model (text)"
SUFFIXES = (".rnnn",)
MARK = rb"rnnoise-nu model file version \d"

_NUMBERS = re.compile(rb"rnnoise-nu model file version \d+\s+\d{1,4}\s+\d{1,4}\s+\d(?:\s+-?\d{1,4}){8}")
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format is a text of numbers",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model, by its first line and the sizes and numbers of its first layer."""
    if not blob.head.startswith(b"rnnoise-nu model file version "):
        return None
    whole = _NUMBERS.match(blob.head) is not None
    return Detection(
        format="rnnoise-text",
        title=TITLE,
        is_weight=whole or blob.size < 256,
        confidence=Confidence.CERTAIN if whole else Confidence.PROBABLE,
        loading=_LOADING,
        remarks=() if whole else ("It is cut off, or its numbers are missing.",),
    )
