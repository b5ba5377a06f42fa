"""NNEF: one tensor in a `.dat` file, as the graph beside it (`graph.nnef`) names it.

Source: parser/cpp/include/nnef/common/binary.h (TensorHeader) of Khronos' NNEF-Tools.
"""

from __future__ import annotations

import math
import struct

from bot.scanner.formats._marks import begins_with
from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "NNEF tensor"
SUFFIXES = ()
MARK = rb"N\xef\x01\0.{4}[\0-\x08]\0\0\0"
LEAST = 128

_HEADER = struct.Struct("<4sII8III")
_HEADER_LENGTH = 128
_BITS_LIMIT = 64
_KINDS = {0: "float", 1: "integer", 0x10: "linear", 0x11: "logarithmic"}


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A tensor whose header agrees with itself; None for everything else."""
    if not begins_with(MARK, blob, LEAST):
        return None
    _, length, rank, *sizes, bits, kind = _HEADER.unpack_from(blob.head)
    elements = math.prod(sizes[:rank])
    if bits > _BITS_LIMIT or length != (elements * bits + 7) // 8 or any(sizes[rank:]) or length == 0:
        return None
    whole = _HEADER_LENGTH + length <= blob.size
    return Detection(
        format="nnef",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if whole else Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers only",)),
        parameters=elements if whole else None,
        tensors=1,
        metadata={"dtypes": f"{_KINDS.get(kind, 'type')}{bits}"},
        companions=("graph.nnef",),
        remarks=() if whole else ("It is cut off.",),
    )
