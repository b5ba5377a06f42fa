"""TVM: the parameters of a compiled model, a list of names and a list of arrays.

Source: src/runtime/file_utils.h (kTVMNDArrayListMagic) and include/tvm/runtime/ndarray.h (kTVMNDArrayMagic,
SaveDLTensor) of Apache TVM.
"""

from __future__ import annotations

import math
from collections import Counter

from bot.scanner.formats._marks import begins_with
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.stream import Stream
from bot.scanner.wording import tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "TVM parameters"
SUFFIXES = ()
MARK = rb"\xb7\x9c\x04\x05\x4f\x8d\xe5\xf7"

_BUDGET = 4 * 1024 * 1024
_ARRAYS = 50_000
_RANK_LIMIT = 32
_ARRAY = 0xDD5E40F096B4A13F
_CODES = {0: "int", 1: "uint", 2: "float", 4: "bfloat"}
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds names and numbers only",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A list of parameters; None for everything else."""
    if not begins_with(MARK, blob):
        return None
    stream = Stream(blob, _BUDGET, 16)
    parameters, tensors, types = 0, 0, Counter[str]()
    remark = None
    try:
        for _ in range(_promised(stream)):
            stream.skip(stream.number(8))
        for _ in range(_promised(stream)):
            name, elements = _array(stream)
            parameters, tensors = parameters + elements, tensors + 1
            types[name] += 1
    except DamagedError:
        remark = "It is damaged or cut off."
    except BudgetExceededError:
        remark = "It is larger than what is read here; its arrays were not all counted."
    return Detection(
        format="tvm-params",
        title=TITLE,
        is_weight=tensors > 0 or remark is not None,
        confidence=Confidence.CERTAIN if remark is None else Confidence.PROBABLE,
        loading=_SAFE,
        parameters=parameters if remark is None else None,
        tensors=tensors if remark is None else None,
        metadata={"dtypes": tally(types)} if types else {},
        remarks=(remark,) if remark else (),
    )


def _promised(stream: Stream) -> int:
    count = stream.number(8)
    if count * 8 > stream.left:
        raise DamagedError
    if count > _ARRAYS:
        raise BudgetExceededError("it has more arrays than are counted here")
    return count


def _array(stream: Stream) -> tuple[str, int]:
    """The type of an array and the number of its elements."""
    if stream.number(8) != _ARRAY:
        raise DamagedError
    stream.skip(16)  # reserved, and the device
    rank = stream.number(4)
    code, bits, lanes = stream.number(1), stream.number(1), stream.number(2)
    if rank > _RANK_LIMIT:
        raise DamagedError
    elements = math.prod(stream.numbers(rank, 8)) * lanes
    length = stream.number(8)
    if elements * bits > 8 * length:
        raise DamagedError
    stream.skip(length)
    return f"{_CODES.get(code, 'type')}{bits}", elements
