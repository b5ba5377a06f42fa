"""CRFsuite: conditional random fields, which label words; a header of counts and places, then features with weights.

Source: lib/crf/src/crf1d_model.c of CRFsuite.
"""

from __future__ import annotations

import struct

from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "CRFsuite model"
SUFFIXES = (".crfsuite",)
MARK = rb"lCRF.{4}FOMC"
LEAST = 48

_HEADER = struct.Struct("<4sI4s9I")
_FEATURE_CHUNK = 12
"""Bytes of the mark, the length and the count before the features; each feature takes 20 bytes."""
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds words and numbers only",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model whose places lie within it."""
    if blob.size < _HEADER.size or blob.head[:4] != b"lCRF" or blob.head[8:12] != b"FOMC":
        return None
    _, size, _, version, _, labels, attributes, *places = _HEADER.unpack(blob.head[: _HEADER.size])
    start = places[0]
    chunk = blob.read(start, _FEATURE_CHUNK) if start < blob.size else b""
    count = int.from_bytes(chunk[8:12], "little")
    whole = size <= blob.size and chunk[:4] == b"FEAT" and start + _FEATURE_CHUNK + 20 * count <= blob.size
    return Detection(
        format="crfsuite",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if whole else Confidence.PROBABLE,
        loading=_LOADING,
        parameters=count if whole else None,
        metadata={
            "architecture": "linear-chain conditional random field",
            "version": str(version),
            "labels": f"{labels:,}",
            "attributes": f"{attributes:,}",
        },
        remarks=() if whole else ("It is cut off, or its places are damaged.",),
    )
