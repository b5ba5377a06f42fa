"""The graphs of an ONNX model: its operators, and the heads of its tensors; the numbers themselves are stepped over.

Source: onnx/onnx.proto of the ONNX project; messages and field numbers are named as there.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from bot.scanner.formats._tensors import Tensors
from bot.scanner.readers import BudgetExceededError
from bot.scanner.structures.protobuf import BYTES, FIXED32, VARINT, Field, Wire, WireError
from bot.scanner.wording import decoded

TENSOR_LIMIT = 20_000
"""Tensors whose heads are read; large language models have a few thousand."""
DEPTH_LIMIT = 16
"""Graphs within graphs that are followed (the bodies of If, Loop and Scan)."""
_RANK_LIMIT = 64
_NAME_LIMIT = 200
_OPERATOR = re.compile(rb"[A-Za-z_][\w.:<>-]{0,199}")
OWN_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft", "ai.onnx.training", "ai.onnx.preview.training",
                          "com.microsoft.nchwc", "com.ms.internal.nhwc"})  # fmt: skip
"""Domains whose operators come with ONNX or ONNX Runtime."""

DATA_TYPES = {1: "FLOAT", 2: "UINT8", 3: "INT8", 4: "UINT16", 5: "INT16", 6: "INT32", 7: "INT64", 8: "STRING",
              9: "BOOL", 10: "FLOAT16", 11: "DOUBLE", 12: "UINT32", 13: "UINT64", 14: "COMPLEX64", 15: "COMPLEX128",
              16: "BFLOAT16", 17: "FLOAT8E4M3FN", 18: "FLOAT8E4M3FNUZ", 19: "FLOAT8E5M2", 20: "FLOAT8E5M2FNUZ",
              21: "UINT4", 22: "INT4", 23: "FLOAT4E2M1", 24: "FLOAT8E8M0", 25: "UINT2", 26: "INT2",
              27: "FLOAT6E2M3", 28: "FLOAT6E3M2"}  # fmt: skip
BITS = {1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128, 16: 16,
        17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2, 27: 6, 28: 6}  # fmt: skip
_SHAPE_TYPES = frozenset({6, 7, 8, 9})
"""Types by which graphs write shapes, indices and flags: INT32, INT64, STRING, BOOL."""


@dataclass(frozen=True)
class Tensor:
    """The head of a TensorProto."""

    shape: tuple[int, ...]
    data_type: int
    raw_length: int | None
    """Bytes of `raw_data`, None where the numbers are written elsewhere."""
    location: str | None = None
    """File that holds the numbers, as the model names it."""
    is_external: bool = False

    @property
    def elements(self) -> int:
        """Numbers in it."""
        return math.prod(self.shape)

    @property
    def is_consistent(self) -> bool:
        """False where the shape promises more numbers than its bytes hold."""
        if any(size >= 2**63 for size in self.shape) or self.data_type not in DATA_TYPES:
            return False
        if self.raw_length is None or self.data_type not in BITS:
            return True
        return self.elements * BITS[self.data_type] <= 8 * self.raw_length


@dataclass
class Contents(Tensors):
    """What was found in all graphs of a model.

    Its parameters are numbers in initialisers and constants; of no meaning where `inconsistent` is above 0.
    """

    nodes: int = 0
    weights: int = 0
    """Numbers in initialisers and constants that are not of the kinds by which shapes and flags are written."""
    learned: int = 0
    """Numbers that operators of ai.onnx.ml (forests, linear models) carry as attributes; they have no tensors."""
    initialisers: int = 0
    inconsistent: int = 0
    foreign: dict[tuple[str, str], None] = field(default_factory=dict)
    """Domain and name of operators that neither ONNX nor ONNX Runtime brings."""
    functions: set[tuple[str, str]] = field(default_factory=set)
    """Domain and name of operators that the model itself defines."""
    locations: dict[str, None] = field(default_factory=dict)
    """Files that hold numbers of the model."""


def read_graph(wire: Wire, message: Field, contents: Contents, depth: int = 0) -> None:
    """Add what a GraphProto holds.

    Raises WireError where it is none, BudgetExceededError where a cap is reached.
    """
    if depth > DEPTH_LIMIT:
        raise BudgetExceededError("its graphs are nested more deeply than is read here")
    for part in wire.fields(message.start, message.end):
        if part.wire != BYTES:
            continue
        if part.number == 1:
            _node(wire, part, contents, depth)
        elif part.number == 5:
            _add(read_tensor(wire, part), contents, is_initialiser=True)
        elif part.number == 15:
            _sparse(wire, part, contents)


def read_function(wire: Wire, message: Field, contents: Contents) -> None:
    """Add what a FunctionProto defines. Raises as read_graph does."""
    name = domain = ""
    for part in wire.fields(message.start, message.end):
        if part.wire != BYTES:
            continue
        if part.number == 1:
            name = _name(wire, part)
        elif part.number == 10:
            domain = _name(wire, part)
        elif part.number == 7:
            _node(wire, part, contents, 0)
    contents.functions.add((domain, name))


def read_tensor(wire: Wire, message: Field) -> Tensor:
    """The head of a TensorProto. Raises WireError where it is none."""
    shape: list[int] = []
    data_type, raw_length, location, external = 0, None, None, False
    for part in wire.fields(message.start, message.end):
        if part.number == 1:
            shape += wire.numbers(part, _RANK_LIMIT + 1)
        elif part.number == 2:
            part.expect(VARINT)
            data_type = part.value
        elif part.number == 9:
            part.expect(BYTES)
            raw_length = part.length
        elif part.number == 13:
            location = _location(wire, part) or location
        elif part.number == 14:
            external = part.value == 1
        elif part.number in {8, 12}:
            part.expect(BYTES)
        if len(shape) > _RANK_LIMIT:
            raise BudgetExceededError("a tensor has more dimensions than are read here")
    return Tensor(tuple(shape), data_type, raw_length, location, external)


def _location(wire: Wire, entry: Field) -> str | None:
    """The file that an entry of `external_data` names, None where the entry says something else."""
    key, value = read_pair(wire, entry)
    return value if key == "location" else None


def read_pair(wire: Wire, entry: Field, limit: int = 4096) -> tuple[str, str]:
    """Key and value of a StringStringEntryProto, the value with its line ends and at most `limit` bytes of it."""
    entry.expect(BYTES)
    key = value = ""
    for part in wire.fields(entry.start, entry.end):
        if part.number == 1:
            part.expect(BYTES)
            key = decoded(wire.content(part, _NAME_LIMIT))
        elif part.number == 2:
            part.expect(BYTES)
            value = wire.content(part, limit).decode("utf-8", "replace")
    return key, value


def _node(wire: Wire, message: Field, contents: Contents, depth: int) -> None:
    operator, domain, floats = b"", "", 0
    for part in wire.fields(message.start, message.end):
        if part.wire != BYTES:
            continue
        if part.number == 4:
            operator = wire.content(part, _NAME_LIMIT)
        elif part.number == 7:
            domain = _name(wire, part)
        elif part.number == 5:
            try:
                floats += _attribute(wire, part, contents, depth)
            except BudgetExceededError:
                # A forest is one operator whose attributes hold it all, in more fields than are read.
                contents.nodes += _OPERATOR.fullmatch(operator) is not None
                raise
    if wire.is_cut_off and message.end == wire.size:
        # What an operator is called stands before its attributes, which in a forest are most of the file.
        contents.nodes += floats > 0 and _OPERATOR.fullmatch(operator) is not None
        return
    if not _OPERATOR.fullmatch(operator):
        raise WireError
    contents.nodes += 1
    if domain == "ai.onnx.ml":
        contents.learned += floats
    if domain == "ai.onnx.ml" or operator == b"Constant":
        contents.parameters += floats
        contents.weights += floats
    if domain not in OWN_DOMAINS:
        contents.foreign[domain, operator.decode("ascii", "replace")] = None


def _name(wire: Wire, part: Field) -> str:
    """A name as it is written, control characters too, so that none is taken for another."""
    return wire.content(part, _NAME_LIMIT).decode("utf-8", "replace")


def _attribute(wire: Wire, message: Field, contents: Contents, depth: int) -> int:
    """Tensors and graphs that an AttributeProto carries; the number of its own floats, packed or not."""
    floats = 0
    for part in wire.fields(message.start, message.end):
        if part.number == 7 and part.wire in {BYTES, FIXED32}:
            floats += part.length // 4
        elif part.wire != BYTES:
            continue
        elif part.number in {5, 10}:
            _add(read_tensor(wire, part), contents, is_initialiser=False)
        elif part.number in {6, 11}:
            read_graph(wire, part, contents, depth + 1)
    return floats


def _sparse(wire: Wire, message: Field, contents: Contents) -> None:
    for part in wire.fields(message.start, message.end):
        if part.number == 1:
            part.expect(BYTES)
            _add(read_tensor(wire, part), contents, is_initialiser=True)


def _add(tensor: Tensor, contents: Contents, *, is_initialiser: bool) -> None:
    if contents.tensors >= TENSOR_LIMIT:
        raise BudgetExceededError(f"it has more than {TENSOR_LIMIT:,} tensors")
    contents.initialisers += is_initialiser
    if tensor.is_external or tensor.location:
        contents.locations[tensor.location or ""] = None
    kind = DATA_TYPES.get(tensor.data_type, f"type {min(tensor.data_type, 9999)}")
    contents.add(kind, tensor.elements if tensor.is_consistent else 0)
    if not tensor.is_consistent:
        contents.inconsistent += 1
    elif tensor.data_type not in _SHAPE_TYPES:
        contents.weights += tensor.elements
