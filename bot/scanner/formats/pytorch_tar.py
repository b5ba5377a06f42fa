"""PyTorch checkpoints before 0.1.10: a tar of pickles, with the tensors' shapes and the storages between them.

Source: `legacy_load` in torch/serialization.py of PyTorch, which loads them still: `storages` is a count, then for each
storage a pickle of key, location and type and its numbers behind an eight-byte count, then a pickle of views; `tensors`
is a count, then for each tensor a pickle of key, storage and type, the rank in eight bytes, sizes, strides and offset;
`pickle` is the object.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.formats.pickle import describe
from bot.scanner.pickles import Global, Trace, holdings, trace
from bot.scanner.readers import BoundedReader, UnreadableError
from bot.scanner.structures.part import part_of
from bot.scanner.structures.tar import MARK as _TAR
from bot.scanner.structures.tar import TarMember, first_members
from bot.scanner.wording import shown, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "PyTorch checkpoint (tar, before 0.1.10)"
SUFFIXES = ()
MARK = _TAR
LEAST = 2048

READ_LIMIT = 16 * 1024 * 1024
PART_LIMIT = 20_000
"""Storages or tensors; the largest models of that time had some thousand."""
_LOOK = 16
"""Members in which the four are looked for; nothing else is in such a file."""
_MEMBERS = {"sys_info", "pickle", "storages", "tensors"}
_WIDTHS = {"Double": 8, "Float": 4, "Half": 2, "Long": 8, "Int": 4, "Short": 2, "Char": 1, "Byte": 1, "Bool": 1}


@dataclass
class _Contents:
    traces: list[Trace] = field(default_factory=list)
    tensors: int = 0
    parameters: int = 0
    types: Counter[str] = field(default_factory=Counter)
    fault: str = ""


class _BrokenError(Exception):
    """What follows is not what the format has there."""


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A checkpoint of this kind; None for everything else, other tars too."""
    found: dict[str, TarMember] = {}
    for member in first_members(blob, _LOOK):
        name = member.name.removeprefix("./")
        if name in _MEMBERS and member.is_file:
            found.setdefault(name, member)
        if len(found) == len(_MEMBERS):
            break
    if not {"storages", "tensors"} <= found.keys():
        return None
    contents = _Contents()
    for name, read in (("storages", _storages), ("tensors", _tensors), ("pickle", _single), ("sys_info", _single)):
        if name not in found:
            contents.fault = contents.fault or f"{name} is missing"
            continue
        try:
            read(part_of(blob, found[name].start, found[name].size, READ_LIMIT), contents)
        except (_BrokenError, UnreadableError) as error:
            contents.fault = contents.fault or f"{name} could not be followed to its end: {error}"
    return _described(path, contents)


def _described(path: str, contents: _Contents) -> Detection:
    detection = describe(path, "pytorch-tar", TITLE, contents.traces, holdings([]))
    loading = detection.loading
    if contents.fault and loading.safety is not LoadingSafety.DANGEROUS:
        loading = LoadingVerdict(LoadingSafety.UNKNOWN, (contents.fault,))
    metadata = {"dtypes": tally(contents.types)} if contents.types else {}
    return dataclasses.replace(
        detection,
        is_weight=True,
        confidence=Confidence.PROBABLE if contents.fault else Confidence.CERTAIN,
        loading=loading,
        parameters=None if contents.fault else contents.parameters,
        tensors=None if contents.fault else contents.tensors,
        metadata=metadata,
        remarks=(f"Not all of it could be read: {contents.fault}.",) if contents.fault else (),
    )


def _single(part: BoundedReader, contents: _Contents) -> None:
    _pickle(part, 0, contents)


def _storages(part: BoundedReader, contents: _Contents) -> None:
    count, position = _count(part, contents)
    for _ in range(count):
        found = _pickle(part, position, contents)
        width = _WIDTHS.get(_kind(found.result, 2).removesuffix("Storage"))
        if width is None:
            raise _BrokenError("a storage has no known type")
        length = _numbers(part, found.end, 1)[0]
        position = found.end + 8 + length * width
        if not length >= 0 or position > part.size:
            raise _BrokenError("a storage is longer than the file")
    _pickle(part, position, contents)


def _tensors(part: BoundedReader, contents: _Contents) -> None:
    count, position = _count(part, contents)
    for _ in range(count):
        found = _pickle(part, position, contents)
        rank = _numbers(part, found.end, 1)[0] & 0xFFFF_FFFF
        if rank > 64:
            raise _BrokenError("a tensor has too many dimensions")
        sizes = _numbers(part, found.end + 8, rank)
        if any(size < 0 for size in sizes):
            raise _BrokenError("a tensor has a size below zero")
        position = found.end + 8 + 16 * rank + 8
        contents.tensors += 1
        contents.parameters += math.prod(sizes)
        contents.types[_kind(found.result, 2).removesuffix("Tensor").lower() or "unknown"] += 1
    if contents.parameters >= 2**63:
        raise _BrokenError("its tensors have more numbers than can be")


def _count(part: BoundedReader, contents: _Contents) -> tuple[int, int]:
    found = _pickle(part, 0, contents)
    if not isinstance(found.result, int) or not 0 <= found.result <= PART_LIMIT:
        raise _BrokenError("it does not begin with a count")
    return found.result, found.end


def _pickle(part: BoundedReader, position: int, contents: _Contents) -> Trace:
    found = trace(part, position)
    contents.traces.append(found)
    if not found.whole:
        raise _BrokenError(found.fault or "a pickle ends early")
    return found


def _numbers(part: BoundedReader, position: int, count: int) -> list[int]:
    raw = part.read(position, 8 * count)
    if len(raw) < 8 * count:
        raise _BrokenError("it ends early")
    return [int.from_bytes(raw[place : place + 8], "little", signed=True) for place in range(0, 8 * count, 8)]


def _kind(value: object, index: int) -> str:
    """The name of the type at a place of a tuple."""
    kind = value[index] if isinstance(value, tuple) and len(value) > index else None
    return shown(kind.name, 24) if isinstance(kind, Global) else ""
