"""TensorFlow SavedModel: the graph in `saved_model.pb`; its numbers are in `variables/` beside it.

Source: tensorflow/core/protobuf/saved_model.proto, meta_graph.proto and framework/graph.proto of TensorFlow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.scanner.formats._wire import BYTES, VARINT, Field, Wire, WireError
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "TensorFlow SavedModel"
SUFFIXES = ()
MARK = rb"\x08\x01\x12"

_BUDGET = 16 * 1024 * 1024
_FIELDS = 1_000_000
_SCHEMA_VERSION = 1
_META_GRAPH_FIELDS = frozenset(range(1, 8))
_DANGEROUS = frozenset({b"ReadFile", b"WriteFile"})
"""Operators that read or write any file; those of saving and restoring stand in every SavedModel."""
_PYTHON = frozenset({b"PyFunc", b"PyFuncStateless", b"EagerPyFunc"})
"""Operators that call Python functions."""


@dataclass
class _Graph:
    version: str = ""
    operators: Counter[bytes] = field(default_factory=Counter)
    nodes: int = 0
    metas: int = 0


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """The graph of a SavedModel; None for everything else."""
    if not blob.head.startswith(b"\x08\x01\x12"):
        return None
    wire, graph, remark = Wire(blob, _BUDGET, _FIELDS), _Graph(), None
    try:
        _read(wire, graph)
    except WireError:
        return None
    except BudgetExceededError:
        remark = "It is larger than what is read here; not every operator was looked at."
    if not graph.metas or not graph.nodes:
        return None
    if wire.is_cut_off:
        remark = "It is cut off."
    metadata = {"operators": f"{graph.nodes:,}"}
    if graph.version:
        metadata["producer"] = f"TensorFlow {graph.version}"
    return Detection(
        format="tf-saved-model",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if remark is None else Confidence.PROBABLE,
        loading=_loading(graph, whole=remark is None),
        metadata=metadata,
        remarks=(remark or "Its numbers are in the directory `variables` beside it.",),
    )


def _read(wire: Wire, graph: _Graph) -> None:
    for item in wire.fields(0, wire.size):
        if item.number == 1 and item.wire == VARINT and item.value == _SCHEMA_VERSION:
            continue
        if item.number != 2:
            raise WireError
        item.expect(BYTES)
        graph.metas += 1
        for part in _messages(wire, item, _META_GRAPH_FIELDS):
            if part.number == 1:
                _read_info(wire, part, graph)
            elif part.number == 2:
                _read_graph(wire, part, graph)


def _messages(wire: Wire, parent: Field, allowed: frozenset[int]) -> Iterator[Field]:
    for item in wire.fields(parent.start, parent.end):
        if item.number not in allowed:
            raise WireError
        if item.wire == BYTES:
            yield item


def _read_info(wire: Wire, parent: Field, graph: _Graph) -> None:
    for item in wire.fields(parent.start, parent.end):
        if item.number == 5 and item.wire == BYTES:
            graph.version = decoded(wire.content(item, 40), 40)


def _read_graph(wire: Wire, parent: Field, graph: _Graph) -> None:
    for item in wire.fields(parent.start, parent.end):
        if item.number == 1 and item.wire == BYTES:
            _read_node(wire, item, graph)
        elif item.number == 2 and item.wire == BYTES:  # the library of functions
            for function in wire.fields(item.start, item.end):
                if function.number == 1 and function.wire == BYTES:
                    for part in wire.fields(function.start, function.end):
                        if part.number == 3 and part.wire == BYTES:
                            _read_node(wire, part, graph)


def _read_node(wire: Wire, parent: Field, graph: _Graph) -> None:
    graph.nodes += 1
    for item in wire.fields(parent.start, parent.end):
        if item.number == 2 and item.wire == BYTES:
            graph.operators[wire.content(item, 64)] += 1
            return


def _loading(graph: _Graph, *, whole: bool) -> LoadingVerdict:
    dangerous = [f"its graph uses {name.decode()}" for name in sorted(_DANGEROUS) if graph.operators[name]]
    if dangerous:
        return LoadingVerdict(LoadingSafety.DANGEROUS, tuple(f"{reason}, which no model needs" for reason in dangerous))
    python = [f"its graph calls Python ({name.decode()})" for name in sorted(_PYTHON) if graph.operators[name]]
    if python:
        return LoadingVerdict(LoadingSafety.EXECUTES_CODE, tuple(python))
    if not whole:
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("its graph could not be read to the end",))
    return LoadingVerdict(LoadingSafety.SAFE, ("its graph uses no operator that reads or writes files of its choice",))
