"""ONNX Runtime's own format (`.ort`): an ONNX model, optimised, as a FlatBuffer.

Source: onnxruntime/core/flatbuffers/schema/ort.fbs of ONNX Runtime; fields are numbered in the order of the tables.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from bot.scanner.formats._licences import statements
from bot.scanner.formats._onnx_graph import DATA_TYPES, OWN_DOMAINS
from bot.scanner.formats._remarks import remark_of
from bot.scanner.formats._tensors import Tensors
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.flatbuffer import Table, root_of, table_at
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.wording import decoded, shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "ONNX Runtime model"
SUFFIXES = (".ort",)
MARK = rb".{4}ORTM"
LEAST = 32

_BUDGET = 4 * 1024 * 1024
_PARTS = 50_000
_DEPTH = 16
_RANK_LIMIT = 64
_SHAPE_TYPES = frozenset({6, 7, 8, 9})
"""Types by which graphs write shapes, indices and flags: INT32, INT64, STRING, BOOL."""
_SPARE_CONSTANTS = 1024
"""Numbers that a graph may carry without being a trained model."""
_MOST = 10


@dataclass
class _Model(Tensors):
    version: str = ""
    producer: str = ""
    nodes: int = 0
    weights: int = 0
    outside: bool = False
    foreign: dict[tuple[str, str], None] = field(default_factory=dict)
    properties: list[tuple[str, str]] = field(default_factory=list)
    whole: bool = False


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    root = root_of(blob)
    if root is None:
        return None
    model = _Model()
    too_large = "It is larger than what is read here; its tensors were not all counted."
    remark = remark_of(lambda: _read(table_at(Pages(blob, _BUDGET), root), model), too_large)
    return _described(model, remark)


def _described(model: _Model, remark: str | None) -> Detection:
    is_weight = not model.whole or model.weights > 0 or model.parameters > _SPARE_CONSTANTS
    metadata = {"version": model.version} if model.version else {}
    if model.producer:
        metadata["producer"] = model.producer
    metadata |= model.dtypes
    remarks = [remark] if remark else []
    if model.outside:
        remarks.append("Some of its numbers lie in another file.")
    licences = [(key, value) for key, value in model.properties if "licen" in key.lower()]
    return Detection(
        format="ort",
        title=TITLE if is_weight else "ONNX Runtime model (a graph without trained numbers)",
        is_weight=is_weight,
        confidence=Confidence.CERTAIN if model.whole else Confidence.PROBABLE,
        loading=_loading(model),
        parameters=model.parameters if model.whole else None,
        tensors=model.tensors if model.whole else None,
        metadata=metadata,
        licenses=statements(licences),
        remarks=tuple(remarks),
    )


def _loading(model: _Model) -> LoadingVerdict:
    if model.foreign:
        return LoadingVerdict(
            LoadingSafety.EXECUTES_CODE,
            tuple(
                f"its operator {domain}::{name} comes from a library that must be loaded for it"
                for domain, name in list(model.foreign)[:_MOST]
            ),
        )
    if not model.whole:
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("not all of its operators could be read",))
    return LoadingVerdict(LoadingSafety.SAFE, ("the format holds a graph and numbers",))


def _read(session: Table, contents: _Model) -> None:
    contents.version = decoded(session.text(0, 40))
    model = session.table(1)
    if model is None:
        raise DamagedError
    contents.producer = shown(f"{decoded(model.text(2, 200), 80)} {decoded(model.text(3, 200), 40)}")
    for entry in model.tables(9, _PARTS):
        contents.properties.append((decoded(entry.text(0, 200)), entry.text(1, 64 * 1024).decode("utf-8", "replace")))
    graph = model.table(7)
    if graph is not None:
        _graph(graph, contents, 0)
    contents.whole = True


def _graph(graph: Table, contents: _Model, depth: int) -> None:
    if depth > _DEPTH:
        raise BudgetExceededError("its graphs are nested more deeply than is read here")
    for tensor in graph.tables(0, _PARTS):
        _tensor(tensor, contents)
    for node in graph.tables(2, _PARTS):
        contents.nodes += 1
        domain = decoded(node.text(2, 200), 60)
        if domain not in OWN_DOMAINS:
            contents.foreign[domain, decoded(node.text(5, 200), 60)] = None
        for attribute in node.tables(10, _PARTS):
            inner = attribute.table(7)
            for body in ([inner] if inner else []) + attribute.tables(12, _PARTS):
                _graph(body, contents, depth + 1)
    for sparse in graph.tables(7, _PARTS):
        values = sparse.table(0)
        if values is not None:
            _tensor(values, contents)


def _tensor(tensor: Table, contents: _Model) -> None:
    shape = tensor.numbers(2, 8, _RANK_LIMIT, signed=True)
    place, length = tensor.vector(4)
    if any(size < 0 for size in shape) or place + length > tensor.pages.size:
        raise DamagedError
    kind = tensor.number(3, 4)
    contents.add(DATA_TYPES.get(kind, "other"), math.prod(shape))
    contents.weights += 0 if kind in _SHAPE_TYPES else math.prod(shape)
    contents.outside |= tensor.number(6, 8) > 0
