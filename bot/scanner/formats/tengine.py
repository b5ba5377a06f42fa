"""Tengine (`.tmfile`): structures that lead to each other by offsets from the file's start.

Source: source/serializer/tmfile/tm2_format.h of Tengine (TM2_Header, TM2_Model, TM2_Subgraph, TM2_Tensor, TM2_Buffer).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from bot.scanner.formats._marks import begins_with
from bot.scanner.formats._tensors import Tensors
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Tengine"
SUFFIXES = (".tmfile",)
MARK = rb"\x02\0[\0-\x09]\0[\0-\x09]\0.{2}.{3}[\0-\x7f]"
LEAST = 64

_BUDGET = 4 * 1024 * 1024
_PARTS = 20_000
_SOURCES = ("", "Tengine", "Caffe", "ONNX", "MXNet", "TensorFlow", "TensorFlow Lite", "Darknet", "DLA", "ncnn",
            "MegEngine", "OneFlow", "Horizon", "Bitman")  # fmt: skip
_TYPES = {0: ("FP32", 4), 1: ("FP16", 2), 2: ("INT8", 1), 3: ("UINT8", 1), 4: ("INT32", 4), 5: ("INT16", 2)}
_CONSTANT = 2
"""Kind of a tensor whose numbers are in the file."""


@dataclass
class _Model(Tensors):
    source: str = ""
    nodes: int = 0


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model whose graphs can be followed; None for everything else."""
    if not begins_with(MARK, blob, LEAST):
        return None
    model, pages, remark = _Model(), Pages(blob, _BUDGET), None
    try:
        _read(pages, model)
    except DamagedError:
        if not model.nodes:
            return None
        remark = "It is damaged or cut off."
    except BudgetExceededError:
        remark = "It is larger than what is read here."
    if not model.nodes or not model.tensors:
        return None
    return Detection(
        format="tengine",
        title=TITLE,
        is_weight=model.parameters > 0 or remark is not None,
        confidence=Confidence.CERTAIN if remark is None else Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("the format holds a graph and numbers",)),
        parameters=model.parameters if remark is None else None,
        tensors=model.tensors if remark is None else None,
        metadata=({"producer": model.source} if model.source else {}) | model.dtypes,
        remarks=(remark,) if remark else (),
    )


def _offsets(pages: Pages, place: int) -> list[int]:
    """A vector of offsets: its count, then each."""
    if place == 0:
        return []
    count = pages.number(place, 4)
    if count > _PARTS:
        raise DamagedError
    return list(struct.unpack(f"<{count}I", pages.read(place + 4, 4 * count)))


def _text(pages: Pages, place: int) -> str:
    """A TM2_String: its length, and where its characters are."""
    if place == 0:
        return ""
    length, begin = struct.unpack("<II", pages.read(place, 8))
    return decoded(pages.read(begin, min(length, 200)))


def _read(pages: Pages, model: _Model) -> None:
    # Three numbers of two bytes, two bytes that nothing uses, and the offset of the root.
    source, _, graphs, _ = struct.unpack("<iiII", pages.read(pages.number(8, 4), 16))
    if not 0 <= source < len(_SOURCES):
        raise DamagedError
    model.source = _SOURCES[source]
    for place in _offsets(pages, graphs):
        nodes, tensors, buffers = struct.unpack("<III", pages.read(place + 20, 12))
        sizes = [struct.unpack("<II", pages.read(buffer, 8)) for buffer in _offsets(pages, buffers)]
        if any(size and begin + size > pages.size for size, begin in sizes):
            raise DamagedError
        for node in _offsets(pages, nodes):
            pages.read(node, 28)
            _text(pages, pages.number(node + 16, 4))
            model.nodes += 1
        for tensor in _offsets(pages, tensors):
            _tensor(pages, tensor, [size for size, _ in sizes], model)


def _tensor(pages: Pages, place: int, sizes: list[int], model: _Model) -> None:
    _, buffer, _, name, _, _, kind, number = struct.unpack("<IIIIIiii", pages.read(place, 32))
    _text(pages, name)
    if kind != _CONSTANT or buffer >= len(sizes):
        return
    word, width = _TYPES.get(number, ("other", 1))
    model.add(word, sizes[buffer] // width)
