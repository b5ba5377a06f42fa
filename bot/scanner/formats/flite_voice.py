"""Voices of Flite and Festvox (CLUSTERGEN): a mark, a number for the byte order, named features, trees and numbers.

Source: src/cg/cst_cg_map.c, cst_cg_dump_voice.c and cst_cg_load_voice.c of Flite.
"""

from __future__ import annotations

from bot.scanner.formats._licences import statements
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Flite voice"
SUFFIXES = (".flitevox",)
MARK = rb"CMU_FLITE_CG_VOXDATA"

_MARK = b"CMU_FLITE_CG_VOXDATA-v2.0\0"
_FEATURES = 40
"""Features that are read; voices have about twelve."""
_TEXT_LIMIT = 8192
_SHOWN = ("language", "country", "gender", "variant", "description")
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds trees and numbers only",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A voice; its features say who speaks, and under which terms."""
    if not blob.head.startswith(b"CMU_FLITE_CG_VOXDATA"):
        return None
    features: dict[str, str] = {}
    whole = False
    if blob.head.startswith(_MARK):
        try:
            whole = _read(Pages(blob, 0), features)
        except DamagedError:
            whole = False
    return Detection(
        format="flite-voice",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if whole else Confidence.PROBABLE,
        loading=_LOADING,
        metadata={name: decoded(features[name].encode()) for name in _SHOWN if features.get(name)},
        licenses=statements([("copyright", features.get("copyright"))]),
        remarks=() if whole else ("It is cut off, or its features are damaged.",),
    )


def _read(pages: Pages, features: dict[str, str]) -> bool:
    """Fill `features`; True where their end was found. Raises DamagedError where the file ends before."""
    order = pages.read(len(_MARK), 4)
    little = order[:1] != b"\0"
    position = len(_MARK) + 4
    for _ in range(_FEATURES):
        name, position = _text(pages, position, little=little)
        if name == "end_of_features":
            return True
        value, position = _text(pages, position, little=little)
        features[name] = value
    return False


def _text(pages: Pages, position: int, *, little: bool) -> tuple[str, int]:
    length = int.from_bytes(pages.read(position, 4), "little" if little else "big")
    if not 0 < length <= _TEXT_LIMIT:
        raise DamagedError
    raw = pages.read(position + 4, length)
    return raw.split(b"\0")[0].decode("utf-8", "replace"), position + 4 + length
