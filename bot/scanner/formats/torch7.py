"""Torch 7 (`.t7`, `.net`): Lua objects as `torch.save` writes them, in bytes or in text.

Source: File.lua (writeObject), and the `write` methods of tensors and storages, of torch7.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.stream import Stream
from bot.scanner.wording import decoded, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Torch 7"
SUFFIXES = (".t7",)
MARK = (
    rb"\x04\0{3}\x01\0{3}\x03\0{3}V [0-9]|\x03\0{3}\x01\0{3}.{2}\0{2}[\x01\x02]\0{3}|4\s[0-9]{1,9}\s3\sV [0-9]\s"
    rb"|3\s1\s[0-9]{1,6}\s[12]\s"
)

_BUDGET = 4 * 1024 * 1024
_OBJECTS = 100_000
_DEPTH = 100
_RANK_LIMIT = 32
_NIL, _NUMBER, _STRING, _TABLE, _TORCH, _BOOLEAN, _FUNCTION, _OLD_CLOSURE, _CLOSURE = range(9)
_TEXT_LIMIT = 16 * 1024 * 1024
_CLASS = re.compile(rb"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_TENSOR = re.compile(rb"torch\.(Cuda)?(Byte|Char|Short|Int|Long|Float|Double|Half)?Tensor")
_STORAGE = re.compile(rb"torch\.(Cuda)?(Byte|Char|Short|Int|Long|Float|Double|Half)?Storage")
_WIDTHS = {b"Byte": 1, b"Char": 1, b"Short": 2, b"Int": 4, b"Long": 8, b"Float": 4, b"Double": 8, b"Half": 2}
_IN_TEXT = re.compile(rb"4\s\d+\s3\sV \d\s\d+\s((?:torch|nn|cudnn|cunn|nngraph|inn|dpnn|rnn)\.\w+)\s")


@dataclass
class _Objects:
    count: int = 0
    tensors: int = 0
    parameters: int = 0
    functions: int = 0
    types: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    seen: set[int] = field(default_factory=set)


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """Objects of Torch; None for everything else."""
    if blob.head[:1] in {b"3", b"4"}:
        return _in_text(blob)
    objects, remark = _Objects(), None
    stream = Stream(blob, _BUDGET)
    try:
        _object(stream, objects, 0)
    except DamagedError:
        remark = "It is damaged or cut off, or has a class that keeps its numbers in a manner of its own."
    except BudgetExceededError:
        remark = "It is larger than what is read here; its tensors were not all counted."
    if not objects.classes or (remark is None and stream.left):
        return None
    return _described(objects, remark)


def _described(objects: _Objects, remark: str | None) -> Detection:
    if objects.functions:
        loading = LoadingVerdict(LoadingSafety.EXECUTES_CODE, ("it holds compiled Lua functions, which loading makes",))
    elif remark:
        loading = LoadingVerdict(LoadingSafety.UNKNOWN, ("not all of its objects could be read",))
    else:
        loading = LoadingVerdict(LoadingSafety.SAFE, ("it holds tables, tensors and modules, and no function",))
    network = {name: count for name, count in objects.classes.items() if not name.startswith("torch.")}
    metadata = {"classes": tally(network)} if network else {}
    if objects.types:
        metadata["dtypes"] = tally(objects.types)
    return Detection(
        format="torch7",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if network and remark is None else Confidence.PROBABLE,
        loading=loading,
        parameters=objects.parameters if remark is None else None,
        tensors=objects.tensors if remark is None else None,
        metadata=metadata,
        remarks=(remark,) if remark else (),
    )


def _object(stream: Stream, objects: _Objects, depth: int) -> None:
    """Step over one object and what it holds."""
    objects.count += 1
    if depth > _DEPTH or objects.count > _OBJECTS:
        raise BudgetExceededError("it has more objects than are followed here")
    kind = stream.number(4)
    if kind == _NUMBER:
        stream.skip(8)
    elif kind == _STRING:
        stream.skip(_length(stream))
    elif kind == _BOOLEAN:
        stream.skip(4)
    elif kind == _FUNCTION:
        _function(stream, objects, depth)
    elif kind in {_TABLE, _TORCH, _OLD_CLOSURE, _CLOSURE}:
        index = stream.number(4)
        if index in objects.seen:
            return
        objects.seen.add(index)
        if kind == _TABLE:
            for _ in range(2 * stream.number(4)):
                _object(stream, objects, depth + 1)
        elif kind == _TORCH:
            _instance(stream, objects, depth)
        else:
            _function(stream, objects, depth)
    elif kind != _NIL:
        raise DamagedError


def _length(stream: Stream) -> int:
    length = stream.number(4)
    if length > _TEXT_LIMIT:
        raise DamagedError
    return length


def _function(stream: Stream, objects: _Objects, depth: int) -> None:
    """Lua's bytecode, and the values it closes over."""
    stream.skip(_length(stream))
    objects.functions += 1
    _object(stream, objects, depth + 1)


def _instance(stream: Stream, objects: _Objects, depth: int) -> None:
    """An object of a class: a tensor, a storage, or a table of fields."""
    name = stream.raw(min(_length(stream), 200))
    if name.startswith(b"V "):
        name = stream.raw(min(_length(stream), 200))
    if not _CLASS.fullmatch(name):
        raise DamagedError
    objects.classes[decoded(name, 60)] += 1
    if _TENSOR.fullmatch(name):
        rank = stream.number(4)
        if rank > _RANK_LIMIT:
            raise DamagedError
        stream.skip(16 * rank + 8)  # sizes, strides, offset
        objects.tensors += 1
        _object(stream, objects, depth + 1)
    elif (storage := _STORAGE.fullmatch(name)) is not None:
        elements, word = stream.number(8), storage.group(2) or b"Float"
        stream.skip(elements * _WIDTHS[word])
        objects.parameters += elements
        objects.types[word.decode()] += 1
    else:
        _object(stream, objects, depth + 1)


def _in_text(blob: BoundedReader) -> Detection | None:
    """Objects in the manner of text, told by the first class that is named."""
    found = _IN_TEXT.search(blob.head[:4096])
    if found is None or (found.start() and blob.head[:1] == b"4"):
        return None
    return Detection(
        format="torch7",
        title=f"{TITLE} (in text)",
        is_weight=True,
        confidence=Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.UNKNOWN, ("its objects were not followed",)),
        metadata={"classes": decoded(found.group(1), 60)},
    )
