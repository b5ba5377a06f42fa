"""Tesseract's `.traineddata`: a table of places, then the parts; some are networks and classifiers, some word lists.

Source: src/ccutil/tessdatamanager.h and .cpp, src/lstm/network.cpp of Tesseract.
"""

from __future__ import annotations

from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Tesseract language data"
SUFFIXES = (".traineddata",)
MARK = (
    rb"(?:[\x04-\x28]\0\0\0(?:\xff{8}|.{4}\0{4}){3}|\0\0\0[\x04-\x28](?:\xff{8}|\0{4}.{4}){3}"
    rb"|\0(?:[\x05-\x0c]\0{3}|\0{3}[\x05-\x0c])[A-Z][A-Za-z0-9]{4,11}[\0\1\2])"
)
LEAST = 32

_NETWORKS = ("Input", "Convolve", "Maxpool", "Parallel", "Replicated", "ParBidiLSTM", "DepParUDLSTM", "Par2dLSTM",
             "Series", "Reconfig", "RTLReversed", "TTBReversed", "XYTranspose", "SummLSTM", "Logistic", "LinLogistic",
             "LinTanh", "Linear", "Softmax", "SoftmaxNoCTC", "LSTMSoftmax", "LSTMBinarySoftmax")  # fmt: skip
_ENTRIES = 64
"""Most places of a table; Tesseract has had up to 24."""
_PARTS = ("config", "unicharset", "unicharambigs", "inttemp", "pffmtable", "normproto", "punc-dawg", "word-dawg",
          "number-dawg", "freq-dawg", "fixed-length-dawgs", "cube-unicharset", "cube-word-dawg", "shapetable",
          "bigram-dawg", "unambig-dawg", "params-model", "lstm", "lstm-punc-dawg", "lstm-word-dawg",
          "lstm-number-dawg", "lstm-unicharset", "lstm-recoder", "version")  # fmt: skip
_TRAINED = {"inttemp", "pffmtable", "normproto", "shapetable", "params-model", "lstm"}
"""Parts that training fills with numbers; the others are alphabets, words and settings."""
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers, words and settings only",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """Language data, or a network that training left alone; None for other tables of places."""
    if blob.size < LEAST:
        return None
    if blob.head[0] == 0 and blob.head[5:6].isupper():
        return _network(blob)
    order: str = "little" if blob.head[0] else "big"

    def number(place: int, width: int) -> int:
        return int.from_bytes(blob.head[place : place + width], order, signed=True)  # type: ignore[arg-type]

    count = number(0, 4)
    if not 0 < count <= _ENTRIES:
        return None
    places = [number(4 + 8 * entry, 8) for entry in range(count)]
    used = [place for place in places if place != -1]
    # The first part follows the table at once, and every part the one before it.
    if len(blob.head) < 4 + 8 * count or not used or used[0] != 4 + 8 * count or used != sorted(used):
        return None
    parts = {_PARTS[entry]: place for entry, place in enumerate(places) if place != -1 and entry < len(_PARTS)}
    cut = used[-1] > blob.size
    ends = [*used[1:], blob.size]
    trained = [name for name, place in parts.items() if name in _TRAINED and ends[used.index(place)] > place]
    if not trained and len(parts) < 2:
        return None
    return Detection(
        format="tesseract",
        title=TITLE if trained else "Tesseract language data (words and settings only)",
        is_weight=bool(trained),
        confidence=Confidence.PROBABLE if cut or len(used) < 2 else Confidence.CERTAIN,
        loading=_LOADING,
        metadata={"parts": ", ".join(parts)[:200]},
        remarks=("It is cut off: not all of its parts are there.",) if cut else (),
    )


def _network(blob: BoundedReader) -> Detection | None:
    """A network's first layer: a zero, the name of its type with its length, flags, and the count of its weights."""
    order: str = "little" if blob.head[1] else "big"
    length = int.from_bytes(blob.head[1:5], order)  # type: ignore[arg-type]
    if length > 20 or blob.head[5 : 5 + length] not in [name.encode() for name in _NETWORKS]:
        return None
    place = 5 + length + 6
    inputs, outputs, weights = (
        int.from_bytes(blob.head[place + 4 * n : place + 4 * n + 4], order)  # type: ignore[arg-type]
        for n in range(3)
    )
    if not 0 < inputs < 2**24 or not 0 < outputs < 2**24 or not 0 < weights <= blob.size:
        return None
    return Detection(
        format="tesseract",
        title="Tesseract network",
        is_weight=True,
        confidence=Confidence.CERTAIN,
        loading=_LOADING,
        parameters=weights,
        metadata={"architecture": blob.head[5 : 5 + length].decode("ascii")},
    )
