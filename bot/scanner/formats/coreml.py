"""Core ML: a model's description (`.mlmodel`), and the numbers of an ML program (`weight.bin` in a `.mlpackage`).

Source: mlmodel/format/Model.proto and mlmodel/src/MILBlob/Blob (StorageFormat.hpp, BlobDataType.hpp) of
coremltools.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.formats._coreml_network import Numbers, count_linear, count_network, count_trees
from bot.scanner.formats._licences import statements
from bot.scanner.formats._paths import leads_outside
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.protobuf import BYTES, VARINT, Field, Wire, WireError
from bot.scanner.wording import decoded, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Core ML"
SUFFIXES = (".mlmodel",)
MARK = rb"\x08[\x01-\x1f]\x12|.{4}\x02\0\0\0.{56}\xef\xbe\xad\xde"

_BUDGET = 4 * 1024 * 1024
_FIELDS = 200_000
_VERSIONS = range(1, 32)
_KINDS = {
    200: "pipeline classifier", 201: "pipeline regressor", 202: "pipeline", 300: "linear regressor",
    301: "support vector regressor", 302: "tree ensemble regressor", 303: "neural network regressor",
    304: "Bayesian regressor", 400: "linear classifier", 401: "support vector classifier",
    402: "tree ensemble classifier", 403: "neural network classifier", 404: "nearest neighbours", 500: "neural network",
    501: "item similarity", 502: "ML program", 555: "custom model", 556: "linked model",
    560: "class confidence thresholding", 600: "one-hot encoder", 601: "imputer",
    602: "feature vectorizer", 603: "dictionary vectorizer", 604: "scaler", 606: "categorical mapping",
    607: "normalizer", 609: "array feature extractor", 610: "non-maximum suppression", 900: "identity",
    2000: "text classifier", 2001: "word tagger", 2002: "vision feature print", 2003: "sound analysis",
    2004: "gazetteer",    2005: "word embedding", 2006: "audio feature print", 3000: "serialized model",
}  # fmt: skip
"""Fields of Model.proto that hold the model itself."""
_CUSTOM = 555
_PROGRAM = 502
_PIPELINES = {200: 1, 201: 1, 202: 0}
"""Kinds that hold models, and how deep below them the list of these is."""
_NETWORKS = frozenset({303, 403, 500})
_LINEAR = frozenset({300, 400})
_FORESTS = frozenset({302, 402})
_UNTRAINED = frozenset({560, 602, 603, 606, 607, 609, 610, 900})
"""Kinds that arrange what comes in, and learn nothing."""
_DEPTH = 4
"""Pipelines within pipelines that are followed."""
_OUTSIDE = re.compile(rb"@model_path/([ -~]{1,200}?\.bin)")
"""How an ML program names the files of its numbers."""
_PROGRAM_LIMIT = 2 * 1024 * 1024
_LICENSE_LIMIT = 64 * 1024
_STORAGE_VERSION = 2
_SENTINEL = 0xDEADBEEF
_ALIGNMENT = 64
_TYPES = {1: ("float16", 16), 2: ("float32", 32), 3: ("uint8", 8), 4: ("int8", 8), 5: ("bfloat16", 16),
          6: ("int16", 16), 7: ("uint16", 16), 8: ("int4", 4), 9: ("uint1", 1), 10: ("uint2", 2), 11: ("uint4", 4),
          12: ("uint3", 3), 13: ("uint6", 6), 14: ("int32", 32), 15: ("uint32", 32), 16: ("float8e4m3", 8),
          17: ("float8e5m2", 8)}  # fmt: skip
"""Types of numbers by BlobDataType, with their bits."""
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


@dataclass
class _Model:
    version: int = 0
    kinds: list[int] = field(default_factory=list)
    inner: list[int] = field(default_factory=list)
    """Kinds of the models in a pipeline."""
    metadata: dict[str, str] = field(default_factory=dict)
    licence: str = ""
    numbers: Numbers = field(default_factory=Numbers)
    outside: dict[str, None] = field(default_factory=dict)
    """Files of numbers."""
    unread: bool = False


def _model(blob: BoundedReader) -> Detection | None:
    wire, model = Wire(blob, _BUDGET, _FIELDS), _Model()
    try:
        _read(wire, Field(0, BYTES, 0, 0, wire.size, wire.size), model, 0)
    except WireError:
        return None
    except BudgetExceededError:
        model.unread = True
    if model.version not in _VERSIONS or len(model.kinds) != 1:
        return None
    return _described(model, is_cut_off=wire.is_cut_off)


def _read(wire: Wire, message: Field, model: _Model, depth: int) -> None:
    """A Model: its version, its description, and one field that says its kind."""
    for item in wire.fields(message.start, message.end):
        if item.number == 1 and item.wire == VARINT:
            model.version = model.version or item.value
        elif item.number == 2 and item.wire == BYTES:
            if depth == 0:
                _description(wire, item, model)
        elif item.number in _KINDS and item.wire == BYTES:
            (model.kinds if depth == 0 else model.inner).append(item.number)
            _contents(wire, item, model, depth)
        elif item.number != 10:
            raise WireError


def _contents(wire: Wire, item: Field, model: _Model, depth: int) -> None:
    kind = item.number
    if kind in _NETWORKS:
        count_network(wire, item, model.numbers)
    elif kind in _LINEAR:
        count_linear(wire, item, model.numbers)
    elif kind in _FORESTS:
        count_trees(wire, item, model.numbers)
    elif kind == _PROGRAM:
        found = _OUTSIDE.findall(wire.content(item, _PROGRAM_LIMIT))
        model.outside |= dict.fromkeys(decoded(name) for name in found[:1000])
    elif kind in _PIPELINES:
        if depth >= _DEPTH:
            raise BudgetExceededError("its pipelines are nested more deeply than is read here")
        for inner in _listed(wire, item, _PIPELINES[kind]):
            _read(wire, inner, model, depth + 1)


def _listed(wire: Wire, pipeline: Field, below: int) -> list[Field]:
    """The models of a pipeline, which a classifier or regressor has one message further down."""
    found = [part for part in wire.fields(pipeline.start, pipeline.end) if part.number == 1 and part.wire == BYTES]
    return found if not below else [model for inner in found for model in _listed(wire, inner, below - 1)]


def _described(model: _Model, *, is_cut_off: bool) -> Detection:
    kind, numbers = model.kinds[0], model.numbers
    whole = not (is_cut_off or model.unread)
    counted = whole and {kind, *model.inner} <= _NETWORKS | _LINEAR | _FORESTS | _UNTRAINED | _PIPELINES.keys()
    is_weight = not whole or not counted or numbers.parameters > 0
    remarks = []
    if is_cut_off:
        remarks.append("It is cut off.")
    if model.unread:
        remarks.append("It is larger than what is read here; its numbers were not all counted.")
    return Detection(
        format="coreml",
        title=TITLE if is_weight else f"{TITLE} (without trained numbers)",
        is_weight=is_weight,
        confidence=Confidence.PROBABLE if is_cut_off else Confidence.CERTAIN,
        loading=_loading(model, whole=whole),
        parameters=numbers.parameters if counted and numbers.parameters else None,
        tensors=numbers.tensors if counted and numbers.tensors else None,
        metadata={"architecture": _KINDS[kind], **model.metadata}
        | ({"dtypes": tally(numbers.types)} if numbers.types else {}),
        licenses=statements([("license", model.licence)]),
        companions=tuple(name for name in model.outside if not leads_outside(name)),
        remarks=tuple(remarks),
    )


def _loading(model: _Model, *, whole: bool) -> LoadingVerdict:
    if _CUSTOM in (*model.kinds, *model.inner) or model.numbers.custom:
        return LoadingVerdict(LoadingSafety.EXECUTES_CODE, ("it names a class of the application that runs it",))
    outside = [name for name in model.outside if leads_outside(name)]
    if outside:
        reason = f"it reads its numbers from {outside[0]}, outside its own folder"
        return LoadingVerdict(LoadingSafety.DANGEROUS, (reason,))
    return _SAFE if whole else LoadingVerdict(LoadingSafety.UNKNOWN, ("not all of it could be read",))


def _description(wire: Wire, parent: Field, model: _Model) -> None:
    """Author and licence are in ModelDescription.metadata, field 100."""
    for item in wire.fields(parent.start, parent.end):
        if item.number != 100 or item.wire != BYTES:
            continue
        for part in wire.fields(item.start, item.end):
            if part.wire == BYTES and part.number == 4:
                model.licence = wire.content(part, _LICENSE_LIMIT).decode("utf-8", "replace")
            elif part.wire == BYTES and part.number in {1, 3} and (text := decoded(wire.content(part, 2000))):
                model.metadata["author" if part.number == 3 else "name"] = text


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
        name, bits = _TYPES.get(kind, (f"type {kind}", 8))
        tensors, parameters = tensors + 1, parameters + 8 * size // bits
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
