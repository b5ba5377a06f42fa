"""Caffe: networks with their numbers (`.caffemodel`), told from lone arrays such as mean images (`.binaryproto`).

Source: src/caffe/proto/caffe.proto of Caffe (NetParameter, LayerParameter, V1LayerParameter, BlobProto).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.protobuf import BYTES, FIXED32, FIXED64, VARINT, Field, Wire, WireError
from bot.scanner.wording import decoded, shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Caffe"
SUFFIXES = (".caffemodel",)
MARK = (
    rb"\x0a(?:\0|[\x01-\x7f][ -~]{1,127}|[\x80-\xff][\x01-\x03][ -~]{128,511})(?:\xa2\x06|[\x12\x1a\x20\x28\x38\x42])"
    rb"|\xa2\x06.{1,5}\x0a|\x12[\x80-\xff].{0,4}[\x12\x1a\x22]|\x08[\x01-\x7f]{1,2}?\x10[\x01-\x7f]{1,2}?\x18"
)

_BUDGET = 4 * 1024 * 1024
_FIELDS = 200_000
_RANK_LIMIT = 32
_LAYER, _OLD_LAYER = 100, 2
_NET_WIRES = {1: BYTES, 2: BYTES, 3: BYTES, 4: None, 5: VARINT, 6: BYTES, 7: VARINT, 8: BYTES, 100: BYTES}
"""Fields of NetParameter; the sizes of the input may be written alone or packed."""
_KIND = re.compile(rb"[A-Za-z]\w{0,79}")
_PYTHON = "Python"


@dataclass
class _Net:
    name: str = ""
    layers: int = 0
    blobs: int = 0
    parameters: int = 0
    kinds: dict[str, None] = field(default_factory=dict)


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A network, or a lone array; None for everything else."""
    if blob.head[:1] == b"\x08":
        return _lone(blob)
    net, wire, remark = _Net(), Wire(blob, _BUDGET, _FIELDS), None
    try:
        for part in wire.fields(0, wire.size):
            _part(wire, part, net)
    except WireError:
        return None
    except BudgetExceededError:
        remark = "It is larger than what is read here; its arrays were not all counted."
    if wire.is_cut_off:
        remark = "It is cut off."
    if not net.layers or not net.kinds:  # other messages begin alike, and have no layer of a kind that can be read
        return None
    return _described(net, remark)


def _described(net: _Net, remark: str | None) -> Detection:
    if _PYTHON in net.kinds:
        loading = LoadingVerdict(LoadingSafety.EXECUTES_CODE, ("it has a layer that runs a Python module by its name",))
    elif remark:
        loading = LoadingVerdict(LoadingSafety.UNKNOWN, ("not all of its layers could be read",))
    else:
        loading = LoadingVerdict(LoadingSafety.SAFE, ("the format holds a graph and numbers",))
    is_weight = net.blobs > 0 or remark is not None
    return Detection(
        format="caffe",
        title=TITLE if is_weight else "Caffe network (without numbers)",
        is_weight=is_weight,
        confidence=Confidence.CERTAIN if remark is None else Confidence.PROBABLE,
        loading=loading,
        parameters=net.parameters if remark is None else None,
        tensors=net.blobs if remark is None else None,
        metadata={"layers": f"{net.layers:,}"} | ({"name": net.name} if net.name else {}),
        remarks=(remark,) if remark else (),
    )


def _part(wire: Wire, part: Field, net: _Net) -> None:
    if part.number not in _NET_WIRES:
        raise WireError
    wanted = _NET_WIRES[part.number]
    if wanted is not None:
        part.expect(wanted)
    if part.number == 1:
        net.name = shown(decoded(wire.content(part, 200)))
    elif part.number == _LAYER:
        _layer(wire, part, net, name=1, kind=2, blobs=7)
    elif part.number == _OLD_LAYER:
        _layer(wire, part, net, name=4, kind=5, blobs=6)


def _layer(wire: Wire, message: Field, net: _Net, *, name: int, kind: int, blobs: int) -> None:
    """A layer: its name is text, its kind text or, before 2014, a number."""
    found = None
    for part in wire.fields(message.start, message.end):
        if part.number == name:
            part.expect(BYTES)
        elif part.number == kind and kind == 2:
            part.expect(BYTES)
            found = wire.content(part, 100)
            if not _KIND.fullmatch(found):
                raise WireError
        elif part.number == kind:
            part.expect(VARINT)
            found = b"number %d" % min(part.value, 9999)
        elif part.number == blobs:
            part.expect(BYTES)
            net.parameters += _blob(wire, part)
            net.blobs += 1
    if found is None and not wire.is_cut_off:
        raise WireError
    net.layers += 1
    if found is not None:
        net.kinds[decoded(found)] = None


def _blob(wire: Wire, message: Field) -> int:
    """The number of elements of a BlobProto; its numbers are packed, or each written alone."""
    packed = alone = 0
    shape: list[int] = []
    for part in wire.fields(message.start, message.end):
        if part.number in {5, 8} and part.wire == BYTES:
            packed += part.length // (4 if part.number == 5 else 8)
        elif part.number in {5, 8}:
            part.expect(FIXED32 if part.number == 5 else FIXED64)
            alone += 1
        elif part.number == 7:
            part.expect(BYTES)
            for item in wire.fields(part.start, part.end):
                shape += wire.numbers(item, _RANK_LIMIT)
        elif part.number in {1, 2, 3, 4}:
            part.expect(VARINT)
    return packed + alone or (math.prod(shape[:_RANK_LIMIT]) if all(size < 2**32 for size in shape) else 0)


def _lone(blob: BoundedReader) -> Detection | None:
    """A BlobProto by itself: four sizes, and exactly as many floats."""
    wire = Wire(blob, 64 * 1024, 16)
    sizes: list[int] = []
    floats = None
    try:
        for part in wire.fields(0, wire.size):
            if part.number in {1, 2, 3, 4} and part.number == len(sizes) + 1:
                part.expect(VARINT)
                sizes.append(part.value)
            elif part.number == 5 and floats is None:
                part.expect(BYTES)
                floats = part.length
            else:
                return None
    except (WireError, BudgetExceededError):
        return None
    if len(sizes) != 4 or floats != 4 * math.prod(sizes) or not floats or wire.is_cut_off:
        return None
    return Detection(
        format="caffe",
        title="Caffe array (a mean image)",
        is_weight=False,
        confidence=Confidence.CERTAIN,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("it holds numbers only",)),
        parameters=floats // 4,
        tensors=1,
    )
