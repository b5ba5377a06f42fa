"""TensorFlow graphs written as text (`.pbtxt`): frozen ones hold their numbers as constants.

Source: tensorflow/core/framework/graph.proto of TensorFlow, in the text format of Protocol Buffers.
"""

from __future__ import annotations

import math
import re

from bot.scanner.formats._tf_graph import MATRIX, NUMBER_TYPES, TRAINED_TYPES, Graph, loading_of
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.text import whole_text
from rules.facts import Confidence, Detection, LoadingSafety

TITLE = "TensorFlow frozen graph (text)"
SUFFIXES: tuple[str, ...] = ()
MARK = rb"(?:#[^\n]{0,200}\n){0,4}\s{0,8}node \{\s{1,16}name: \"[^\"\n]{1,255}\"\s{1,16}op: \"[A-Z_a-z]"

READ_LIMIT = 8 * 1024 * 1024
"""Bytes of the largest text that is read through; of a longer one, the head."""
_TYPES = {
    b"DT_" + name.replace("float32", "float").replace("float64", "double").upper().encode(): (number, name)
    for number, (name, _) in NUMBER_TYPES.items()
}
"""By the names of DataType (types.proto)."""
_OPERATOR = re.compile(rb"\bop: \"([A-Za-z_][\w>.]{0,80})\"")
_S = rb"\s{1,32}"
_TENSOR = re.compile(
    rb"\btensor \{" + _S + rb"dtype: (DT_\w{1,20})" + _S + rb"tensor_shape \{((?:" + _S + rb"dim \{" + _S
    + rb"size: \d{1,18}" + _S + rb"\}){1,8})" + _S + rb"\}" + _S + rb"tensor_content: \"((?:[^\"\\\n]|\\.)*+)"
)  # fmt: skip
_SIDE = re.compile(rb"size: (\d+)")
_FILE = re.compile(rb"op: \"(PrintV2|Debug\w{1,20})\"")


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """Probable where constants hold as many numbers as layers have; None for graphs of other programs."""
    text, whole = whole_text(blob, READ_LIMIT)
    graph = Graph()
    for match in _OPERATOR.finditer(text):
        graph.nodes += 1
        graph.operators[match[1]] += 1
    if not graph.is_plain:
        return None
    for match in _TENSOR.finditer(text):
        _add(graph, match[1], [int(side) for side in _SIDE.findall(match[2])], len(match[3]))
    if b"file://" in text and (writer := _FILE.search(text)):
        graph.writes[writer[1]] = None
    is_cut_off = whole and not text.rstrip().endswith(b"}")
    remarks = []
    if not whole:
        remarks.append("It is larger than what is read here; not every operator was looked at.")
    elif is_cut_off:
        remarks.append("It is cut off.")
    loading = loading_of(graph, whole=not remarks)
    is_weight = graph.layers > 0 or loading.safety is LoadingSafety.DANGEROUS
    return Detection(
        format="tf-graph-text",
        title=TITLE if is_weight else "TensorFlow graph (text, without numbers)",
        is_weight=is_weight,
        confidence=Confidence.PROBABLE,
        loading=loading,
        parameters=graph.parameters if is_weight and not remarks else None,
        tensors=graph.tensors if is_weight and not remarks else None,
        metadata=graph.metadata(),
        remarks=tuple(remarks),
    )


def _add(graph: Graph, kind: bytes, sides: list[int], written: int) -> None:
    """A constant; `written` are the characters that stand for its bytes, at least one for each."""
    number, name = _TYPES.get(kind, (0, ""))
    elements = math.prod(sides)
    if number in TRAINED_TYPES and 0 < elements <= written:
        graph.layers += elements >= MATRIX
        graph.add(name, elements)
