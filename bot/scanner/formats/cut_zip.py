"""Models in a zip whose directory is not there: cut off, or the first piece of several.

A zip has its directory at its end, but each member has a header of its own before it. Source: APPNOTE.TXT 6.3.10 of
PKWARE, 4.3.7; the names are those of `pytorch_zip.py`, `keras_v3.py` and `npz.py`.
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader
from bot.scanner.structures.inflating import ENDLESS
from bot.scanner.structures.zips import open_zip
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Model in a zip that is cut off"
SUFFIXES: tuple[str, ...] = ()
MARK = rb"PK\x03\x04"

_HEADER = re.compile(rb"PK\x03\x04.{4}[\0\x08]\0.{16}(.)\0..", re.DOTALL)
"""A local header up to the name, whose length is below 256; the member is stored or deflated."""
_NAMES = 200
_PYTORCH = re.compile(r"[^/]+/(data\.pkl|data/(\d+|weights/\w+)|constants/\d+|\.format_version|archive_format)")
"""What PyTorch writes first."""
_KERAS = {"config.json", "model.weights.h5"}
_WEIGHT = re.compile(
    r"weight|bias|kernel|coefs?_|embedding|running_(mean|var)|(^|[/._-])(w|b)_?\d+$|conv\d|dense|layer_?\d",
    re.IGNORECASE,
)
_LOADING = LoadingVerdict(LoadingSafety.UNKNOWN, ("it could not be read to its end",))
_REMARK = "It is cut off or the first part of several, or its directory is longer than what is read here."


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """Probable where the first members have a model's names; None where the directory is there."""
    if blob.size >= ENDLESS or open_zip(blob) is not None:
        return None  # of a stream that is still being unpacked, nobody knows yet where the directory is
    names = _names(blob.head)
    if names and _PYTORCH.fullmatch(names[0]) and len({name.partition("/")[0] for name in names[:2]}) == 1:
        return _described("PyTorch", Confidence.PROBABLE)
    if set(names) >= _KERAS:
        return _described("Keras 3", Confidence.PROBABLE)
    if names and all(name.endswith(".npy") for name in names):
        named = any(_WEIGHT.search(name.removesuffix(".npy")) for name in names)
        return _described("NumPy arrays", Confidence.PROBABLE if named else Confidence.POSSIBLE)
    return None


def _names(head: bytes) -> list[str]:
    """Names of the members whose headers lie in the head."""
    names: list[str] = []
    for match in _HEADER.finditer(head):
        raw = head[match.end() : match.end() + match[1][0]]
        if len(names) < _NAMES and len(raw) == match[1][0] and raw.isascii() and raw.decode("ascii").isprintable():
            names.append(raw.decode("ascii"))
    return names


def _described(kind: str, confidence: Confidence) -> Detection:
    return Detection(
        format="cut-zip",
        title=f"{kind} (a zip that is cut off)",
        is_weight=True,
        confidence=confidence,
        loading=_LOADING,
        remarks=(_REMARK,),
    )
