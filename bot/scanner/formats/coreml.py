"""Core ML: a model's description (`.mlmodel`), and the numbers of an ML program (`weight.bin` in a `.mlpackage`).

Source: mlmodel/format/Model.proto and mlmodel/src/MILBlob/Blob/StorageFormat.hpp of coremltools.
"""

from __future__ import annotations

import struct
from collections import Counter

from bot.scanner.formats._wire import BYTES, VARINT, Field, Wire, WireError
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.wording import decoded, tally
from rules.facts import Confidence, Detection, LicenseStatement, LoadingSafety, LoadingVerdict

TITLE = "Core ML"
SUFFIXES = (".mlmodel",)
MARK = rb"\x08[\x01-\x1f]\x12|.{4}\x02\0\0\0.{56}\xef\xbe\xad\xde"

_BUDGET = 1024 * 1024
_FIELDS = 20_000
_VERSIONS = range(1, 32)
_KINDS = {
    200: "pipeline classifier", 201: "pipeline regressor", 202: "pipeline", 300: "linear regressor",
    301: "support vector regressor", 302: "tree ensemble regressor", 303: "neural network regressor",
    304: "Bayesian regressor", 400: "linear classifier", 401: "support vector classifier",
    402: "tree ensemble classifier", 403: "neural network classifier", 404: "nearest neighbours", 500: "neural network",
    501: "item similarity", 502: "ML program", 555: "custom model", 556: "linked model", 600: "one-hot encoder",
    601: "imputer", 602: "feature vectorizer", 603: "dictionary vectorizer", 604: "scaler", 606: "categorical mapping",
    607: "normalizer", 609: "array feature extractor", 610: "non-maximum suppression", 900: "identity",
    2000: "text classifier", 2001: "word tagger", 2002: "vision feature print", 2003: "sound analysis",
    2004: "gazetteer",    2005: "word embedding", 2006: "audio feature print", 3000: "serialized model",
}  # fmt: skip
"""Fields of Model.proto that hold the model itself."""
_CUSTOM = 555
_STORAGE_VERSION = 2
_SENTINEL = 0xDEADBEEF
_ALIGNMENT = 64
_WIDTHS = {1: ("float16", 2), 2: ("float32", 4), 3: ("uint8", 1), 4: ("int8", 1), 5: ("bfloat16", 2), 6: ("int16", 2),
           7: ("uint16", 2)}  # fmt: skip
_BLOBS = 20_000
"""Tensors of a weight file that are counted."""
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds a network and its numbers only",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A description or a file of numbers; None for everything else."""
    head = blob.head
    if len(head) > 68 and struct.unpack("<I", head[4:8])[0] == _STORAGE_VERSION and _sentinel(head[64:68]):
        return _numbers(blob)
    if head[:1] == b"\x08" and head[2:3] == b"\x12":
        return _model(blob)
    return None


def _sentinel(raw: bytes) -> bool:
    return int.from_bytes(raw, "little") == _SENTINEL


def _model(blob: BoundedReader) -> Detection | None:
    wire = Wire(blob, _BUDGET, _FIELDS)
    version = 0
    kinds: list[int] = []
    metadata: dict[str, str] = {}
    licenses: list[LicenseStatement] = []
    try:
        for item in wire.fields(0, wire.size):
            if item.number == 1 and item.wire == VARINT:
                version = item.value
            elif item.number == 2 and item.wire == BYTES:
                _description(wire, item, metadata, licenses)
            elif item.number in _KINDS and item.wire == BYTES:
                kinds.append(item.number)
            elif item.number != 10:
                return None
    except (WireError, BudgetExceededError):
        return None
    if version not in _VERSIONS or len(kinds) != 1:
        return None
    loading = _SAFE
    if kinds[0] == _CUSTOM:
        loading = LoadingVerdict(LoadingSafety.EXECUTES_CODE, ("it names a class of the application that runs it",))
    return Detection(
        format="coreml",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE if wire.is_cut_off else Confidence.CERTAIN,
        loading=loading,
        metadata={"architecture": _KINDS[kinds[0]], **metadata},
        licenses=tuple(licenses),
        remarks=("It is cut off.",) if wire.is_cut_off else (),
    )


def _description(wire: Wire, parent: Field, metadata: dict[str, str], licenses: list[LicenseStatement]) -> None:
    """Author and licence are in ModelDescription.metadata, field 100."""
    for item in wire.fields(parent.start, parent.end):
        if item.number != 100 or item.wire != BYTES:
            continue
        for part in wire.fields(item.start, item.end):
            if part.wire == BYTES and part.number in {1, 3, 4}:
                text = decoded(wire.content(part, 2000), 500)
                if part.number == 4 and text:
                    licenses.append(LicenseStatement("license", text))
                elif text:
                    metadata["author" if part.number == 3 else "name"] = text[:200]


def _numbers(blob: BoundedReader) -> Detection | None:
    promised = int.from_bytes(blob.head[:4], "little")
    if not 0 < promised < 2**24:
        return None
    position, tensors, parameters, types = _ALIGNMENT, 0, 0, Counter[str]()
    complete = promised <= _BLOBS
    while complete and tensors < promised:
        raw = blob.read(position, 24)
        if len(raw) < 24 or not _sentinel(raw[:4]):
            complete = False
            break
        kind, size, offset = struct.unpack("<IQQ", raw[4:])
        name, width = _WIDTHS.get(kind, (f"type {kind}", 1))
        tensors, parameters = tensors + 1, parameters + size // width
        types[name] += 1
        following = -(-(offset + size) // _ALIGNMENT) * _ALIGNMENT
        if following <= position:
            complete = False
            break
        position = following
    return Detection(
        format="coreml",
        title="Core ML weights",
        is_weight=True,
        confidence=Confidence.CERTAIN,
        loading=_SAFE,
        parameters=parameters if complete else None,
        tensors=tensors if complete else None,
        metadata={"dtypes": tally(types)} if types else {},
        remarks=() if complete else ("Not every tensor was counted.",),
    )
