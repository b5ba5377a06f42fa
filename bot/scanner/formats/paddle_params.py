"""Paddle: tensors in a row, without names (`.pdiparams`, `__params__`, or one file for each parameter).

Each tensor has a version, the count of its levels of detail, a version again, a TensorDesc message that tells type and
shape, and its numbers.

Source: paddle/fluid/framework/lod_tensor.cc (SerializeToStream), tensor_util.cc (TensorToStream) and framework.proto
(VarType) of PaddlePaddle.
"""

from __future__ import annotations

import math
import posixpath

from bot.scanner.formats._tensors import Tensors
from bot.scanner.readers import BoundedReader, BudgetExceededError, BytesReader
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.protobuf import VARINT, Wire, WireError
from bot.scanner.structures.stream import Stream
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Paddle parameters"
SUFFIXES = (".pdiparams",)
MARK = rb"\0{16}[\x02-\x7f]\0{3}\x08[\0-\x06\x13-\x18\x20-\x21]"

_BUDGET = 4 * 1024 * 1024
_TENSORS = 50_000
_DESC_LIMIT = 512
"""Bytes of a TensorDesc: a type and some sizes."""
_RANK_LIMIT = 32
_TYPES = {0: ("BOOL", 1), 1: ("INT16", 2), 2: ("INT32", 4), 3: ("INT64", 8), 4: ("FP16", 2), 5: ("FP32", 4),
          6: ("FP64", 8), 19: ("SIZE_T", 8), 20: ("UINT8", 1), 21: ("INT8", 1), 22: ("BF16", 2), 23: ("COMPLEX64", 8),
          24: ("COMPLEX128", 16), 32: ("FP8_E4M3FN", 1), 33: ("FP8_E5M2", 1)}  # fmt: skip
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers only",))


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """Tensors in a row up to the file's end; None for everything else."""
    stream, found, remark = Stream(blob, _BUDGET), Tensors(), None
    try:
        while stream.left:
            _tensor(stream, found)
    except (DamagedError, WireError):
        remark = "It is damaged or cut off: its tensors do not end where the file does."
    except BudgetExceededError:
        remark = "It is larger than what is read here; its tensors were not all counted."
    if not found.types:
        return None
    return Detection(
        format="paddle-params",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if remark is None else Confidence.PROBABLE,
        loading=_SAFE,
        parameters=found.parameters if remark is None else None,
        tensors=found.tensors if remark is None else None,
        metadata=found.dtypes,
        companions=_companions(path),
        remarks=(remark,) if remark else (),
    )


def _tensor(stream: Stream, found: Tensors) -> None:
    if found.tensors >= _TENSORS:
        raise BudgetExceededError("it has more tensors than are counted here")
    if stream.number(4) != 0:
        raise DamagedError
    for _ in range(min(stream.number(8), stream.left // 8)):
        stream.skip(stream.number(8))
    if stream.number(4) != 0:
        raise DamagedError
    length = stream.number(4)
    if not 2 <= length <= _DESC_LIMIT:
        raise DamagedError
    name, width, shape = _description(stream.raw(length))
    elements = math.prod(shape)
    found.add(name, elements)
    stream.skip(elements * width)


def _description(raw: bytes) -> tuple[str, int, list[int]]:
    """Name and width of the type, and the shape. Raises DamagedError and WireError."""
    wire = Wire(BoundedReader(BytesReader(raw), 2 * len(raw)), len(raw), len(raw))
    shape: list[int] = []
    known = None
    for part in wire.fields(0, len(raw)):
        if part.number == 1:
            part.expect(VARINT)
            known = _TYPES.get(part.value)
        elif part.number == 2:
            shape += wire.numbers(part, _RANK_LIMIT + 1)
        else:
            raise WireError
    if known is None or wire.is_cut_off or len(shape) > _RANK_LIMIT or any(size >= 2**40 for size in shape):
        raise DamagedError
    return *known, shape


def _companions(path: str) -> tuple[str, ...]:
    """The graph that names the tensors: it has the same stem."""
    name = posixpath.basename(path)
    if name.endswith(".pdiparams"):
        stem = name.removesuffix(".pdiparams")
        return (f"{stem}.pdmodel", f"{stem}.json", f"{name}.info")
    return ("__model__",) if name == "__params__" else ()
