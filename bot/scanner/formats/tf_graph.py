"""TensorFlow graphs in one file: frozen ones hold their numbers as constants; the graphs of checkpoints hold none.

Source: tensorflow/core/framework/graph.proto (GraphDef) and tensorflow/core/protobuf/meta_graph.proto (MetaGraphDef) of
TensorFlow. Both begin with field 1, a message whose own first field is a node's name, or the list of operators.
"""

from __future__ import annotations

from bot.scanner.formats._tf_graph import FIELD_LIMIT, READ_LIMIT, Graph, loading_of, read_graph, read_meta_graph
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.protobuf import BYTES, Field, Wire, WireError
from rules.facts import Confidence, Detection, LoadingSafety

TITLE = "TensorFlow frozen graph"
SUFFIXES = ()
_LENGTH = rb"[\x80-\xff]{0,4}[\x00-\x7f]"
_NAME = rb"\n(?:[\x80-\xff]\x01|[\x01-\x7f])[A-Za-z0-9.][A-Za-z0-9_./>\\-]{0,254}"
_NODE = rb"\n" + _LENGTH + _NAME + rb"\x12[\x01-\x40][A-Z_a-z]"
_META = rb"\n" + _LENGTH + rb"\x12" + _LENGTH + rb"\n" + _LENGTH + rb"\n[\x01-\x40][A-Z_]"
MARK = rb"(?:" + _NODE + rb"|" + _META + rb")"

_CUT_OFF = "It is cut off."
_TOO_LARGE = "It is larger than what is read here; not every operator was looked at."


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A graph with numbers or without; None for everything else."""
    for title, is_meta in ((TITLE, False), ("TensorFlow graph of a checkpoint", True)):
        wire, graph, remark = Wire(blob, READ_LIMIT, FIELD_LIMIT), Graph(), None
        try:
            if is_meta:
                read_meta_graph(wire, Field(1, BYTES, 0, 0, blob.size, blob.size), graph)
            else:
                read_graph(wire, 0, blob.size, graph)
        except WireError:
            continue
        except BudgetExceededError:
            remark = _TOO_LARGE
        if graph.is_plain:
            return _described(title, graph, _CUT_OFF if wire.is_cut_off else remark)
    return None


def _described(title: str, graph: Graph, remark: str | None) -> Detection:
    loading = loading_of(graph, whole=remark is None)
    is_weight = graph.layers > 0 or loading.safety is LoadingSafety.DANGEROUS
    remarks = [remark] if remark else []
    if not is_weight and remark is None:
        remarks.append("It describes a model without its numbers.")
    return Detection(
        format="tf-graph",
        title=title if is_weight or title != TITLE else "TensorFlow graph (without numbers)",
        is_weight=is_weight,
        confidence=Confidence.CERTAIN if remark is None else Confidence.PROBABLE,
        loading=loading,
        parameters=graph.parameters if remark is None else None,
        tensors=graph.tensors if remark is None else None,
        metadata=graph.metadata(),
        remarks=tuple(remarks),
    )
