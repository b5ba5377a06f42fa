"""CRF++: a conditional random field as text, or as an index of features and their weights.

Source: EncoderFeatureIndex::save and DecoderFeatureIndex::openFromArray in feature_index.cpp of CRF++.
"""

from __future__ import annotations

import math
import re
import struct

from bot.scanner.formats._plain import DAMAGED, plain_model
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.stream import Stream
from rules.facts import Detection

TITLE = "CRF++ model"
SUFFIXES = ()
MARK = rb"version: \d{1,4}\r?\ncost-factor: |[\x64-\x6e]\0\0\0[\0-\x02]\0\0\0.{12}.{2}\0\0"

_TEXT = re.compile(
    rb"version: \d{1,4}\r?\ncost-factor: [-+.\deE]{1,30}\r?\nmaxid: (\d{1,12})\r?\nxsize: (\d{1,9})\r?\n\r?\n"
)
_LABELS_LIMIT = 1024 * 1024


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    if blob.head.startswith(b"version: "):
        match = _TEXT.match(blob.head)
        if match is None:
            return None
        metadata = {"architecture": "conditional random field", "columns": match[2].decode("ascii")}
        return plain_model("crfpp", TITLE, metadata, parameters=int(match[1]))
    return _binary(blob)


def _binary(blob: BoundedReader) -> Detection | None:
    stream = Stream(blob, 4 * _LABELS_LIMIT)
    try:
        _, _, cost, weights, columns, index = struct.unpack("<IIdIII", stream.raw(28))
        labels, templates = (_strings(stream) for _ in range(2))
    except (DamagedError, BudgetExceededError):
        return None
    if not math.isfinite(cost) or cost <= 0 or not columns < 1000 or not labels or not templates:
        return None
    if not all(label.isprintable() for label in labels) or not all(text.startswith(("U", "B")) for text in templates):
        return None
    metadata = {"architecture": "conditional random field", "labels": len(labels), "columns": columns}
    whole = stream.left == index + 4 * weights
    return plain_model("crfpp", TITLE, metadata, parameters=weights, remark=None if whole else DAMAGED)


def _strings(stream: Stream) -> list[str]:
    """Texts that end with a zero each."""
    length = stream.number(4)
    if not 0 < length <= _LABELS_LIMIT:
        raise DamagedError
    raw = stream.raw(length)
    return [text.decode("utf-8", "replace") for text in raw.split(b"\0") if text]
