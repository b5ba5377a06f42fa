"""TensorFlow's graphs: operators, the numbers of constants, and what running them touches.

Source: tensorflow/core/framework/graph.proto, node_def.proto, function.proto, attr_value.proto, tensor.proto and
types.proto, and tensorflow/core/protobuf/meta_graph.proto of TensorFlow.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.formats._tensors import Tensors
from bot.scanner.structures.protobuf import BYTES, VARINT, Field, Wire, WireError
from bot.scanner.wording import decoded
from rules.facts import LoadingSafety, LoadingVerdict

FIELD_LIMIT = 1_000_000
READ_LIMIT = 16 * 1024 * 1024
"""Bytes of a graph that are read; the numbers of its constants are not."""
_DANGEROUS = frozenset({b"ReadFile", b"WriteFile"})
"""Operators that read or write any file; those of saving and restoring stand in every SavedModel."""
_PYTHON = frozenset({b"PyFunc", b"PyFuncStateless", b"EagerPyFunc"})
"""Operators that call Python functions."""
_WRITERS = frozenset({b"PrintV2", b"DebugIdentity", b"DebugIdentityV2", b"DebugIdentityV3", b"DebugNanCount"})
"""Operators that write where an attribute says: to the screen, or to `file://` any place."""
_COMMON = (b"Const", b"Placeholder", b"NoOp", b"_Arg", b"VarHandleOp", b"VariableV2", b"Variable", b"Identity",
           b"PartitionedCall", b"StatefulPartitionedCall", b"ReadVariableOp", b"ReadFile", b"WriteFile")  # fmt: skip
"""Operators of which every graph has one."""
NUMBER_TYPES = {1: ("float32", 4), 2: ("float64", 8), 3: ("int32", 4), 4: ("uint8", 1), 5: ("int16", 2), 6: ("int8", 1),
          9: ("int64", 8), 11: ("qint8", 1), 12: ("quint8", 1), 13: ("qint32", 4), 14: ("bfloat16", 2),
          15: ("qint16", 2), 16: ("quint16", 2), 17: ("uint16", 2), 19: ("float16", 2), 22: ("uint32", 4),
          23: ("uint64", 8), 24: ("float8_e5m2", 1), 25: ("float8_e4m3fn", 1)}  # fmt: skip
"""Types of numbers by DataType (types.proto), with their bytes; 8 and 18 are complex, the others no numbers."""
TRAINED_TYPES = frozenset({1, 2, 4, 6, 11, 12, 13, 14, 15, 16, 19, 24, 25})
"""Types that trained numbers have; those of shapes, sizes and labels are left out."""
_VALUES = {5: 4, 6: 8, 7: 1, 13: 1}
"""Fields of a TensorProto that hold numbers one by one, with the fewest bytes of one."""
_RANK_LIMIT = 32
_GRAPH_FIELDS = {1: BYTES, 2: BYTES, 3: VARINT, 4: BYTES, 5: BYTES}
META_GRAPH_FIELDS = frozenset(range(1, 8))
_VARIABLES = frozenset({b"VarHandleOp", b"VariableV2", b"Variable"})
SLOT_NAME = re.compile(
    rb"\.OPTIMIZER_SLOT|(^|/)optimizer(/|$)|(^|/)(Adam|Momentum|RMSProp|Adagrad|Ftrl|Adadelta|LAMB)\w*(/|$)"
    rb"|/(adam_[mv]|vr?|vc)$|^global_step$|^save_counter"
)
"""Names under which optimisers keep the state of a training."""
_SHARED_NAME = b"\n\x0bshared_name\x12"
_COPY = re.compile(rb"(.*/(?:kernel|bias|gamma|beta|moving_mean|moving_variance|embeddings|recurrent_kernel))_1")
_UNNAMED = re.compile(rb"Variable(_\d+)?")
MATRIX = 16
"""Numbers of the smallest constant that is taken for a layer; the mean of a picture's colours has three."""


@dataclass
class Graph(Tensors):
    """What was read of the graphs of a file.

    Its tensors are constants of the types that trained numbers have, single numbers left out; the types are those of
    variables too.
    """

    producer: str = ""
    """TensorFlow's version."""
    operators: Counter[bytes] = field(default_factory=Counter)
    writes: dict[bytes, None] = field(default_factory=dict)
    """Operators of `_WRITERS` that write to files."""
    nodes: int = 0
    variables: int = 0
    """Variables of the graph itself, whose numbers lie elsewhere; the state of optimisers left out."""
    variable_parameters: int = 0
    layers: int = 0
    """Constants that are large enough for a layer."""
    shapes: dict[bytes, tuple[int, ...]] = field(default_factory=dict)
    """Of variables by their shared names, by which copies are told."""
    copies: Counter[tuple[int, ...]] = field(default_factory=Counter)
    """Copies of variables by shape, each of which has one without a name."""

    @property
    def is_plain(self) -> bool:
        """True where it has operators that TensorFlow's graphs have: other messages have names and texts as well."""
        return any(self.operators[name] for name in _COMMON)

    def metadata(self) -> dict[str, str]:
        """Chosen facts for people."""
        chosen = {"operators": f"{self.nodes:,}"}
        if self.producer:
            chosen["producer"] = f"TensorFlow {self.producer}"
        return chosen | self.dtypes


def read_meta_graph(wire: Wire, parent: Field, graph: Graph) -> None:
    """A MetaGraphDef: facts about the file, and a graph. Raises WireError for what is none."""
    for item in wire.fields(parent.start, parent.end):
        if item.number not in META_GRAPH_FIELDS:
            raise WireError
        if item.number == 1:
            item.expect(BYTES)
            for part in wire.fields(item.start, item.end):
                if part.number == 5 and part.wire == BYTES:
                    graph.producer = decoded(wire.content(part, 40), 40)
        elif item.number == 2:
            item.expect(BYTES)
            read_graph(wire, item.start, item.end, graph)


def read_graph(wire: Wire, start: int, end: int, graph: Graph) -> None:
    """A GraphDef: nodes, and a library of functions that have nodes too. Raises WireError for what is none."""
    for item in wire.fields(start, end):
        if item.number not in _GRAPH_FIELDS:
            raise WireError
        item.expect(_GRAPH_FIELDS[item.number])
        if item.number == 1:
            _read_node(wire, item, graph, has_variables=True)
        elif item.number == 2:
            for function in wire.fields(item.start, item.end):
                if function.number == 1 and function.wire == BYTES:
                    for part in wire.fields(function.start, function.end):
                        if part.number == 3 and part.wire == BYTES:
                            _read_node(wire, part, graph, has_variables=False)


def _read_node(wire: Wire, parent: Field, graph: Graph, *, has_variables: bool) -> None:
    name, operator, attributes = b"", b"", []
    for item in wire.fields(parent.start, parent.end):
        if item.number == 1:
            item.expect(BYTES)
            name = wire.content(item, 512)
        elif item.number == 2:
            item.expect(BYTES)
            operator = wire.content(item, 64)
        elif item.number == 5:
            item.expect(BYTES)
            attributes.append(item)
    graph.nodes += 1
    graph.operators[operator] += 1
    if operator == b"Const":
        for attribute in attributes:
            _read_constant(wire, attribute, graph)
    elif operator in _VARIABLES and has_variables and not SLOT_NAME.search(name):
        _count_variable(wire, name, attributes, graph)
    elif operator in _WRITERS and any(b"file://" in wire.content(attribute, 4096) for attribute in attributes):
        graph.writes[operator] = None


def _count_variable(wire: Wire, name: bytes, attributes: list[Field], graph: Graph) -> None:
    """Attributes of a variable: `dtype`, whose value has a type, and `shape`, whose value has a shape."""
    kind = 0
    shape: list[int] = []
    for attribute in attributes:
        content = wire.content(attribute, 600)
        if content.startswith(_SHARED_NAME):
            value = content[len(_SHARED_NAME) :]  # a length, the field of a text, and its length; longer ones take more
            name = value[3:] if value[1:2] == b"\x12" and value[2] < 0x80 else name
        for item in wire.fields(attribute.start, attribute.end):
            if item.number == 2 and item.wire == BYTES:
                for part in wire.fields(item.start, item.end):
                    if part.number == 6 and part.wire == VARINT:
                        kind = part.value
                    elif part.number == 7 and part.wire == BYTES:
                        shape = read_shape(wire, part)
    if kind in TRAINED_TYPES and not _is_copy(name, tuple(shape), graph):
        graph.variables += 1
        graph.variable_parameters += math.prod(shape)
        graph.types[NUMBER_TYPES[kind][0]] += 1


def _is_copy(name: bytes, shape: tuple[int, ...], graph: Graph) -> bool:
    """True for what Keras 3 exports once more: `dense/kernel_1` beside `dense/kernel`, and then without a name.

    Layers of one kind have numbers too, but at their own name: `dense_1/kernel`.
    """
    base = _COPY.fullmatch(name)
    if base is not None and graph.shapes.get(base[1]) == shape:
        graph.copies[shape] += 1
        return True
    if _UNNAMED.fullmatch(name) and graph.copies[shape] > 0:
        graph.copies[shape] -= 1
        return True
    graph.shapes[name] = shape
    return False


def _read_constant(wire: Wire, attribute: Field, graph: Graph) -> None:
    """An attribute of a constant: a key, and a value that is a tensor where the key is `value`."""
    for item in wire.fields(attribute.start, attribute.end):
        if item.number == 2 and item.wire == BYTES:
            for part in wire.fields(item.start, item.end):
                if part.number == 8 and part.wire == BYTES:
                    _read_tensor(wire, part, graph)


def _read_tensor(wire: Wire, parent: Field, graph: Graph) -> None:
    kind = held = 0
    shape: list[int] = []
    for item in wire.fields(parent.start, parent.end):
        if item.number == 1 and item.wire == VARINT:
            kind = item.value
        elif item.number == 2 and item.wire == BYTES:
            shape = read_shape(wire, item)
        elif item.number == 4 and item.wire == BYTES:
            held = item.length // NUMBER_TYPES.get(kind, ("", 1))[1]
        elif item.number in _VALUES:
            held += item.length // _VALUES[item.number] if item.wire == BYTES else 1
    elements = math.prod(shape)
    # A tensor of one repeated number is written as that number.
    if kind in TRAINED_TYPES and shape and 0 < elements <= held:
        graph.layers += elements >= MATRIX
        graph.add(NUMBER_TYPES[kind][0], elements)


def read_shape(wire: Wire, parent: Field) -> list[int]:
    """The sides of a TensorShapeProto; of what has no size, 0."""
    sides = []
    for item in wire.fields(parent.start, parent.end):
        if item.number == 2 and item.wire == BYTES:
            sizes = [part.value for part in wire.fields(item.start, item.end) if part.number == 1]
            sides.append(sizes[0] if sizes and sizes[0] < 2**63 else 0)
    if len(sides) > _RANK_LIMIT:
        raise WireError
    return sides


def loading_of(graph: Graph, *, whole: bool) -> LoadingVerdict:
    """What running the graph touches."""
    dangerous = [f"its graph uses {name.decode()}" for name in sorted(_DANGEROUS) if graph.operators[name]]
    dangerous += [f"its graph writes to a file with {name.decode()}" for name in sorted(graph.writes)]
    if dangerous:
        return LoadingVerdict(LoadingSafety.DANGEROUS, tuple(f"{reason}, which no model needs" for reason in dangerous))
    python = [f"its graph calls Python ({name.decode()})" for name in sorted(_PYTHON) if graph.operators[name]]
    if python:
        return LoadingVerdict(LoadingSafety.EXECUTES_CODE, tuple(python))
    if not whole:
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("its graph could not be read to the end",))
    return LoadingVerdict(LoadingSafety.SAFE, ("its graph uses no operator that reads or writes files of its choice",))
