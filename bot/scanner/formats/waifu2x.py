"""waifu2x' models: a JSON list of convolutions, each with its sizes, weights and biases.

Source: tools/export_model.lua of waifu2x.
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "waifu2x model"
SUFFIXES = ()
MARK = (
    rb"\[\s{0,20}\{\s{0,20}\"(?:nInputPlane|nOutputPlane|kW|kH|dW|dH|padW|padH|weight|bias|model_config|class_name)\""
)
LEAST = 100

_SIZES = re.compile(rb"\"(nInputPlane|nOutputPlane|kW|kH)\"\s{0,8}:\s{0,8}\d{1,5}")
_ARRAYS = re.compile(rb"\"(?:weight\"\s{0,8}:(?:\s{0,20}\[){4}|bias\"\s{0,8}:\s{0,20}\[)\s{0,20}-?\d")
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format is a list of sizes and numbers",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model whose first layer has sizes and numbers; None for other JSON."""
    if not blob.head.lstrip().startswith(b"["):
        return None
    sizes = {match[1] for match in _SIZES.finditer(blob.head)}
    if len(sizes) < 2 or not _ARRAYS.search(blob.head):
        return None
    whole = blob.size > len(blob.head) or blob.head.rstrip().endswith(b"]")
    return Detection(
        format="waifu2x",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if len(sizes) == 4 and whole else Confidence.PROBABLE,
        loading=_LOADING,
        remarks=() if whole else ("It is cut off: its end is missing.",),
    )
