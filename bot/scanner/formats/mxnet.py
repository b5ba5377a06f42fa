"""MXNet: lists of named arrays (`.params`, `.nd`), and the graph that uses them (`-symbol.json`).

Source: src/ndarray/ndarray.cc (NDArray::Save, NDArray::Load, kMXAPINDArrayListMagic) of Apache MXNet; types of numbers
from mshadow/base.h (TypeFlag).
"""

from __future__ import annotations

import math
import posixpath
import re
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.formats._marks import begins_with
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.stream import Stream
from bot.scanner.wording import tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "MXNet parameters"
SUFFIXES = ()
MARK = rb'\x12\x01\0{14}|\{\s{0,8}"nodes"\s?:'

_BUDGET = 4 * 1024 * 1024
_ARRAYS = 50_000
"""Arrays whose heads are read; large models have some thousand."""
_RANK_LIMIT = 32
_NAME_LIMIT = 1024
_MAGIC_1, _MAGIC_2, _MAGIC_3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
_TYPES = {0: ("float32", 4), 1: ("float64", 8), 2: ("float16", 2), 3: ("uint8", 1), 4: ("int32", 4), 5: ("int8", 1),
          6: ("int64", 8), 7: ("bool", 1), 8: ("int16", 2), 9: ("uint16", 2), 10: ("uint32", 4), 11: ("uint64", 8),
          12: ("bfloat16", 2)}  # fmt: skip
_AUXILIARY = {0: 0, 1: 1, 2: 2}
"""Arrays of indices that each kind of storage has: dense, of some rows only, of compressed rows."""
_SYMBOL = re.compile(r"(.+)-symbol\.json", re.IGNORECASE)
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds names and numbers only",))


@dataclass
class _List:
    arrays: int = 0
    promised: int = 0
    parameters: int = 0
    types: Counter[str] = field(default_factory=Counter)
    names: int = 0


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A list of arrays or a graph; None for everything else."""
    if not begins_with(MARK, blob):
        return None
    if blob.head[:1] == b"{":
        return _graph(path, blob)
    if len(blob.head) < 32:
        return None
    found, remark, whole = _List(), None, False
    try:
        _walk(Stream(blob, _BUDGET, 16), found)
        whole = True
    except DamagedError:
        remark = "It is damaged or cut off."
    except BudgetExceededError:
        remark = "It is larger than what is read here; its arrays were not all counted."
    if found.arrays == 0:
        return None
    return _described(found, remark, whole=whole)


def _described(found: _List, remark: str | None, *, whole: bool) -> Detection:
    named = found.names > 0 or not whole
    remarks = [remark] if remark else []
    if not named:
        remarks.append("Its arrays have no names: they may be data as well as weights.")
    certain = Confidence.CERTAIN if whole else Confidence.PROBABLE
    return Detection(
        format="mxnet",
        title=TITLE,
        is_weight=True,
        confidence=certain if named else Confidence.POSSIBLE,
        loading=_SAFE,
        parameters=found.parameters if whole else None,
        tensors=found.arrays if whole else None,
        metadata={"dtypes": tally(found.types)} if found.types else {},
        remarks=tuple(remarks),
    )


def _walk(stream: Stream, found: _List) -> None:
    found.promised = stream.number(8)
    if found.promised * 4 > stream.left:
        raise DamagedError
    for _ in range(found.promised):
        if found.arrays >= _ARRAYS:
            raise BudgetExceededError("it has more arrays than are counted here")
        _array(stream, found)
        found.arrays += 1
    names = stream.number(8)
    if names not in {0, found.promised}:
        raise DamagedError
    for _ in range(names):
        length = stream.number(8)
        if length > _NAME_LIMIT:
            raise DamagedError
        stream.skip(length)
        found.names += 1


def _array(stream: Stream, found: _List) -> None:
    """One array, in any of the four manners in which MXNet has written them."""
    first = stream.number(4)
    if first in {_MAGIC_2, _MAGIC_3}:
        storage = stream.number(4)
        if storage not in _AUXILIARY:
            raise DamagedError
        sparse = _AUXILIARY[storage]
        stored = _shape(stream) if sparse else None
        shape = _shape(stream)
        is_none = shape is None or (first == _MAGIC_2 and not shape)
    elif first == _MAGIC_1:
        sparse, stored, shape = 0, None, _shape(stream)
        is_none = not shape
    elif first <= _RANK_LIMIT:  # before 0.11 the shape came first, in numbers of four bytes
        sparse, stored, shape = 0, None, stream.numbers(first, 4)
        is_none = not shape
    else:
        raise DamagedError
    if is_none:
        return
    stream.skip(8)  # the device
    name, width = _type(stream)
    others = [(_type(stream)[1], math.prod(_shape(stream) or ())) for _ in range(sparse)]
    elements = math.prod(stored if stored is not None else shape or ())
    stream.skip(elements * width)
    for size, count in others:
        stream.skip(size * count)
    found.types[name] += 1
    found.parameters += elements


def _shape(stream: Stream) -> list[int] | None:
    """Sizes of the axes, None where the array is not there at all."""
    rank = stream.number(4, signed=True)
    if rank == -1:
        return None
    if not 0 <= rank <= _RANK_LIMIT:
        raise DamagedError
    sizes = stream.numbers(rank, 8, signed=True)
    if any(size < 0 for size in sizes):
        raise DamagedError
    return sizes


def _type(stream: Stream) -> tuple[str, int]:
    known = _TYPES.get(stream.number(4))
    if known is None:
        raise DamagedError
    return known


def _graph(path: str, blob: BoundedReader) -> Detection | None:
    """The graph by the words that NNVM writes first and last; it holds no numbers."""
    tail = blob.read(max(0, blob.size - 4096), 4096)
    if b'"op"' not in blob.head[:4096] or b'"arg_nodes"' not in blob.head + tail or b'"mxnet_version"' not in tail:
        return None
    named = _SYMBOL.fullmatch(posixpath.basename(path))
    return Detection(
        format="mxnet",
        title="MXNet graph (without numbers)",
        is_weight=False,
        confidence=Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("it describes a graph only",)),
        companions=(f"{named.group(1)}-0000.params",) if named else (),
    )
