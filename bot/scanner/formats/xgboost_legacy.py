"""XGBoost's binary before JSON (to version 3.0): structures of fixed size, one after the other.

Source: src/learner.cc (LearnerModelParamLegacy, "binf", "bs64"), src/gbm/gbtree_model.h, src/gbm/gblinear_model.h and
include/xgboost/tree_model.h of XGBoost 1.7.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct

from bot.scanner.readers import BoundedReader, BudgetExceededError, BytesReader
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.stream import Stream
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "XGBoost (binary of old)"
SUFFIXES = ()
MARK = rb"(?:binf)?.{136}[\x04-\x40]\0{7}[a-z]{2,10}:[a-z]|bs64\s[A-Za-z0-9+/]{64}"

READ_LIMIT = 1024 * 1024
"""Bytes beyond the head that are read; the nodes of the trees are not."""
_LEARNER = 136
"""Bytes of LearnerModelParamLegacy: base_score (float), num_feature, num_class, two flags, version, 29 reserved."""
_TREES_HEADER, _TREE_HEADER = 160, 148
"""Bytes of GBTreeModelParam and of TreeParam."""
_LINEAR_HEADER = 136
_NODE, _STATISTICS = 20, 16
_TREE_LIMIT = 50_000
_OBJECTIVE = re.compile(rb"[a-z]{2,10}:[a-z0-9_:-]{1,50}")
_BOOSTERS = {b"gbtree": "boosted trees", b"dart": "boosted trees (dart)", b"gblinear": "linear booster"}


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    if blob.head.startswith(b"bs64"):
        try:
            text = re.sub(rb"\s", b"", blob.head[5:])
            blob = BoundedReader(BytesReader(base64.b64decode(text[: len(text) // 4 * 4])), READ_LIMIT)
        except (binascii.Error, ValueError):
            return None
        cut = True
    else:
        cut = False
    try:
        stream = Stream(blob, READ_LIMIT, 4 if blob.head.startswith(b"binf") else 0)
        base_score, features, classes = struct.unpack("<fIi", stream.raw(12))
        stream.skip(_LEARNER - 12)
        objective, booster = _text(stream), _text(stream)
    except DamagedError:
        return None
    if not math.isfinite(base_score) or booster not in _BOOSTERS or not _OBJECTIVE.fullmatch(objective):
        return None
    metadata = {
        "architecture": f"{_BOOSTERS[booster]}, {decoded(objective, 60)}",
        "features": str(features),
        **({"classes": str(classes)} if classes > 0 else {}),
    }
    remark = "Its numbers were not counted." if cut else None
    numbers = None
    try:
        if not cut:
            numbers = _linear(stream) if booster == b"gblinear" else _trees(stream, metadata)
    except DamagedError:
        remark = "It is damaged or cut off."
    except BudgetExceededError:
        remark = "It is larger than what is read here; its numbers were not counted."
    return Detection(
        format="xgboost-legacy",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE if remark and remark.startswith("It is damaged") else Confidence.CERTAIN,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers and settings only",)),
        parameters=numbers,
        metadata=metadata,
        remarks=(remark,) if remark else (),
    )


def _text(stream: Stream) -> bytes:
    length = stream.number(8)
    if length > 64:
        raise DamagedError
    return stream.raw(length)


def _trees(stream: Stream, metadata: dict[str, str]) -> int:
    """The nodes of all trees, each with one number: a threshold or a leaf's value."""
    count = stream.number(4)
    if not 0 <= count <= stream.left // _TREE_HEADER:
        raise DamagedError
    metadata["trees"] = str(count)
    if count > _TREE_LIMIT:
        raise BudgetExceededError("it has more trees than are read here")
    stream.skip(_TREES_HEADER - 4)
    numbers = 0
    for _ in range(count):
        header = stream.raw(_TREE_HEADER)
        (nodes,) = struct.unpack("<i", header[4:8])
        if nodes < 0:
            raise DamagedError
        stream.skip(nodes * (_NODE + _STATISTICS))
        numbers += nodes
    return numbers


def _linear(stream: Stream) -> int:
    stream.skip(_LINEAR_HEADER)
    count = stream.number(8)
    stream.skip(4 * count)
    return count
