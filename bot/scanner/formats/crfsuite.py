"""CRFsuite: a conditional random field as chunks, one of them the features with their weights.

Source: lib/crf/src/crf1d_model.c of CRFsuite (header_t and the chunk FEAT).
"""

from __future__ import annotations

import struct

from bot.scanner.formats._plain import DAMAGED, plain_model
from bot.scanner.readers import BoundedReader
from rules.facts import Detection

TITLE = "CRFsuite model"
SUFFIXES = (".crfsuite",)
MARK = rb"lCRF.{4}(?:FOMC|\0{4})"

_HEADER = struct.Struct("<4sI4s9I")
_FEATURE = 20
"""Bytes of a feature: type, source, target and weight."""


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    if len(blob.head) < _HEADER.size:
        return None
    _, size, _, version, _, labels, attributes, features, *_ = _HEADER.unpack_from(blob.head)
    if not 0 < version < 10_000 or features < _HEADER.size or size < features:
        return None
    chunk = blob.read(features, 12) if features + 12 <= blob.size else b""
    metadata = {"architecture": "conditional random field", "labels": labels, "attributes": attributes}
    if size > blob.size or chunk[:4] != b"FEAT":
        return plain_model("crfsuite", TITLE, metadata, remark=DAMAGED) if size > blob.size else None
    length, count = struct.unpack("<II", chunk[4:])
    if 12 + count * _FEATURE > length or features + length > blob.size:
        return plain_model("crfsuite", TITLE, metadata, remark=DAMAGED)
    return plain_model("crfsuite", TITLE, metadata, parameters=count)
