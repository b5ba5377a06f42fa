"""TensorFlow SavedModel: the graph in `saved_model.pb`; its numbers are in `variables/` beside it.

TensorFlow Hub's older modules are the same with other files beside them. Source:
tensorflow/core/protobuf/saved_model.proto of TensorFlow; "Using the SavedModel format" in its guide for the folder.
"""

from __future__ import annotations

from bot.scanner.formats._tf_graph import FIELD_LIMIT, READ_LIMIT, Graph, loading_of, read_meta_graph
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.protobuf import BYTES, VARINT, Wire, WireError
from rules.facts import Confidence, Detection

TITLE = "TensorFlow SavedModel"
SUFFIXES = ()
MARK = rb"\x08\x01\x12"

_SCHEMA_VERSION = 1
_FOLDER = ("variables/", "assets/", "assets.extra/", "fingerprint.pb", "keras_metadata.pb", "tfhub_module.pb")
"""What lies beside a graph and belongs to it."""


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """The graph of a SavedModel; None for everything else."""
    if not blob.head.startswith(b"\x08\x01\x12"):
        return None
    wire, graph, remark = Wire(blob, READ_LIMIT, FIELD_LIMIT), Graph(), None
    try:
        _read(wire, graph)
    except WireError:
        return None
    except BudgetExceededError:
        remark = "It is larger than what is read here; not every operator was looked at."
    if not graph.nodes:
        return None
    if wire.is_cut_off:
        remark = "It is cut off."
    return Detection(
        format="tf-saved-model",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if remark is None else Confidence.PROBABLE,
        loading=loading_of(graph, whole=remark is None),
        parameters=(graph.variable_parameters or graph.parameters or None) if remark is None else None,
        tensors=(graph.variables or graph.tensors or None) if remark is None else None,
        metadata=graph.metadata(),
        companions=_FOLDER,
        remarks=(remark or _where(graph),),
    )


def _where(graph: Graph) -> str:
    if graph.layers:
        return f"It holds {graph.parameters:,} numbers itself; others may be in the directory `variables` beside it."
    return "Its numbers are in the directory `variables` beside it."


def _read(wire: Wire, graph: Graph) -> None:
    for item in wire.fields(0, wire.size):
        if item.number == 1 and item.wire == VARINT and item.value == _SCHEMA_VERSION:
            continue
        if item.number != 2:
            raise WireError
        item.expect(BYTES)
        read_meta_graph(wire, item, graph)
