"""ONNX: one Protocol Buffers message of operators and tensors. It has no magic number; its structure speaks for it.

Source: onnx/onnx.proto and docs/ExternalData.md of the ONNX project.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.scanner.formats._licences import statements
from bot.scanner.formats._onnx_graph import BITS, Contents, read_function, read_graph, read_pair, read_tensor
from bot.scanner.formats._paths import leads_outside
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.protobuf import BYTES, VARINT, Field, Wire, WireError
from bot.scanner.wording import decoded, shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "ONNX"
SUFFIXES = (".onnx",)
MARK = rb"(?![\t\n\r -~]{2048}|[\t\n\r -~]{1,2047}\Z)[\x08-\xff]"
"""Any field may come first, also one that ONNX does not know; text is none."""

READ_LIMIT = 4 * 1024 * 1024
"""Bytes beyond the head that are read to walk a model; the numbers of its tensors are stepped over."""
FIELD_LIMIT = 500_000
"""Fields that are looked at; a model of some thousand operators has about a hundred thousand."""
_IR_VERSIONS = range(40)
"""Versions of the format (13 is of 2025). ONNX Runtime loads those below 3 too, with operator sets named."""
_OPSET_VERSIONS = range(1, 1000)
_SPARE_CONSTANTS = 1024
"""Numbers that a graph may carry without being a trained model: shapes, factors, test values."""
_MOST = 10
_VALUE_LIMIT = 64 * 1024
"""Bytes of a value in metadata_props; it may be a licence in full."""
_LICENSE_KEY = re.compile(r"(.*[._-])?licen[cs]e(s|([._-]?(id|name|link|url|text)))?", re.IGNORECASE)
_BASE_KEY = re.compile(r"base[._-]?model(s|([._-]?(name|id|url)))?", re.IGNORECASE)
_WIRES = {1: VARINT, 2: BYTES, 3: BYTES, 4: BYTES, 5: VARINT, 6: BYTES, 7: BYTES, 8: BYTES, 14: BYTES, 20: BYTES,
          25: BYTES, 26: BYTES}  # fmt: skip
"""Fields of ModelProto and how each is written."""


@dataclass
class _Model:
    ir_version: int | None = None
    has_graph: bool = False
    opsets: dict[str, int] = field(default_factory=dict)
    words: dict[int, str] = field(default_factory=dict)
    """producer_name (2), producer_version (3), domain (4)."""
    properties: list[tuple[str, str]] = field(default_factory=list)
    contents: Contents = field(default_factory=Contents)
    unread: str | None = None
    """Why the walk stopped before the end."""
    is_cut_off: bool = False


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model, with its numbers in it or beside it; a single tensor of test data; None for everything else."""
    if blob.head[:1] == b"\x08" and (tensor := _test_tensor(blob)) is not None:
        return tensor
    model = _Model()
    wire = Wire(blob, READ_LIMIT, FIELD_LIMIT)
    try:
        _walk(wire, model)
    except WireError:
        return None
    except BudgetExceededError:
        model.unread = "It is larger than what is read of a model here; its tensors were not all counted."
    model.is_cut_off = wire.is_cut_off
    return _described(model) if _is_model(model) else None


def _walk(wire: Wire, model: _Model) -> None:
    for part in wire.fields(0, wire.size):
        # Readers of Protocol Buffers pass over a known number that is written in another manner.
        if _WIRES.get(part.number, part.wire) == part.wire:
            _part(wire, part, model)


def _part(wire: Wire, part: Field, model: _Model) -> None:
    """One field of ModelProto. The cheap ones come first in a file, so that other files are left early."""
    if part.number == 1:
        if part.value not in _IR_VERSIONS:
            raise WireError
        model.ir_version = part.value
    elif part.number in {2, 3, 4}:
        model.words[part.number] = decoded(wire.content(part, 200), 80)
    elif part.number == 7:
        read_graph(wire, part, model.contents)
        model.has_graph = True
    elif part.number == 8:
        _opset(wire, part, model)
    elif part.number == 14:
        model.properties.append(read_pair(wire, part, _VALUE_LIMIT))
    elif part.number == 20:
        for graph in wire.fields(part.start, part.end):
            if graph.number in {1, 2}:
                graph.expect(BYTES)
                read_graph(wire, graph, model.contents)
    elif part.number == 25:
        read_function(wire, part, model.contents)


def _opset(wire: Wire, part: Field, model: _Model) -> None:
    domain, version = "", 0
    for item in wire.fields(part.start, part.end):
        if item.number == 1:
            item.expect(BYTES)
            domain = decoded(wire.content(item, 200))
        elif item.number == 2:
            item.expect(VARINT)
            version = item.value
    if wire.is_cut_off:
        return
    if version not in _OPSET_VERSIONS:
        raise WireError
    model.opsets[domain] = version


def _is_model(model: _Model) -> bool:
    """True where enough of a model was seen; what comes after the graph is missing where the file is cut off."""
    if model.ir_version is None:
        return False
    if model.is_cut_off or model.unread:
        return model.contents.nodes > 0 or model.contents.initialisers > 0
    return model.has_graph and bool(model.opsets) and (model.contents.nodes > 0 or model.contents.initialisers > 0)


def _described(model: _Model) -> Detection:
    contents = model.contents
    whole = not (model.unread or model.is_cut_off)
    counted = whole and not contents.inconsistent and contents.parameters < 2**63
    is_weight = not whole or _holds_weights(contents)
    return Detection(
        format="onnx",
        title=TITLE if is_weight else "ONNX (a graph without trained numbers)",
        is_weight=is_weight,
        confidence=Confidence.CERTAIN if whole else Confidence.PROBABLE,
        loading=_loading(model, whole=whole),
        parameters=contents.parameters if counted else None,
        tensors=contents.tensors if whole else None,
        metadata=_metadata(model),
        licenses=statements((key, value) for key, value in model.properties if _LICENSE_KEY.fullmatch(key)),
        base_models=tuple(shown(value) for key, value in model.properties if value and _BASE_KEY.fullmatch(key))[
            :_MOST
        ],
        companions=tuple(name for name in contents.locations if name and not leads_outside(name)),
        remarks=_remarks(model),
    )


def _holds_weights(contents: Contents) -> bool:
    """Initialisers of another kind than shapes and flags, or more numbers than a graph needs for itself."""
    if contents.parameters > _SPARE_CONSTANTS or contents.inconsistent or contents.learned > 0:
        return True
    return contents.initialisers > 0 and contents.weights > 0


def _metadata(model: _Model) -> dict[str, str]:
    chosen = {"ir_version": str(model.ir_version)}
    if producer := " ".join(model.words[number] for number in (2, 3) if model.words.get(number)):
        chosen["producer"] = producer
    if model.opsets:
        chosen["opsets"] = shown(
            ", ".join(f"{domain or 'ai.onnx'} {version}" for domain, version in model.opsets.items())
        )
    for key, value in model.properties:
        if key.lower() in {"name", "model_name", "architecture", "author", "task", "description"} and value.strip():
            chosen.setdefault(key.lower().removeprefix("model_"), shown(value))
    chosen |= model.contents.dtypes
    if model.contents.locations:
        chosen["external_data"] = shown(
            ", ".join(name or "(no name)" for name in list(model.contents.locations)[:_MOST])
        )
    return chosen


def _remarks(model: _Model) -> tuple[str, ...]:
    remarks = []
    if model.is_cut_off:
        remarks.append("It is cut off: a part of it passes the end of the file.")
    if model.unread:
        remarks.append(model.unread)
    if model.contents.inconsistent:
        remarks.append(f"{model.contents.inconsistent:,} of its tensors promise more numbers than their bytes hold.")
    if model.contents.locations:
        remarks.append("Some of its numbers lie in other files, which are judged by themselves.")
    return tuple(remarks)


def _loading(model: _Model, *, whole: bool) -> LoadingVerdict:
    contents = model.contents
    outside = [name for name in contents.locations if leads_outside(name)]
    if outside:
        reasons = tuple(
            f"it reads its numbers from {shown(name, 100)}, outside its own folder" for name in outside[:_MOST]
        )
        return LoadingVerdict(LoadingSafety.DANGEROUS, reasons)
    foreign = [operator for operator in contents.foreign if operator not in contents.functions]
    if foreign:
        reasons = tuple(
            f"its operator {shown(domain, 60)}::{shown(name, 60)} comes from a library that must be loaded for it"
            for domain, name in foreign[:_MOST]
        )
        return LoadingVerdict(LoadingSafety.EXECUTES_CODE, reasons)
    if not whole:
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("not all of its operators could be read",))
    return LoadingVerdict(
        LoadingSafety.SAFE, ("the format holds a graph and numbers, and its operators come with ONNX",)
    )


def _test_tensor(blob: BoundedReader) -> Detection | None:
    """A TensorProto by itself, as ONNX' test data are; its bytes must be exactly what its shape needs."""
    wire = Wire(blob, 64 * 1024, 100)
    try:
        tensor = read_tensor(wire, Field(0, BYTES, 0, 0, blob.size, blob.size))
    except (WireError, BudgetExceededError):
        return None
    if wire.is_cut_off or not tensor.shape or tensor.data_type not in BITS or tensor.raw_length is None:
        return None
    if not tensor.is_consistent or tensor.raw_length != (tensor.elements * BITS[tensor.data_type] + 7) // 8:
        return None
    return Detection(
        format="onnx",
        title="ONNX tensor (test data)",
        is_weight=False,
        confidence=Confidence.CERTAIN,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("it holds numbers only",)),
        parameters=tensor.elements,
        tensors=1,
    )
