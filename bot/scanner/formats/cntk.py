"""CNTK (`.model`, `.dnn`): a Dictionary of Protocol Buffers, or in version 1 sections with marks in UTF-16.

Source: Source/CNTKv2LibraryDll/proto/CNTK.proto and Source/ComputationNetworkLib/ComputationNetwork.cpp (`BCN`,
`BVersion`) of CNTK.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.formats._marks import begins_with
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.protobuf import BYTES, VARINT, Field, Wire, WireError
from bot.scanner.wording import tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "CNTK"
SUFFIXES = ()
MARK = rb"\x08[\x01-\x0f]\x12(?:[\x04-\x7f]|[\x80-\xff]{1,4}[\x01-\x7f])\x0a[\x02-\x1f][a-z_]{2}|B\0C\0N\0\0\0"

_BUDGET = 4 * 1024 * 1024
_FIELDS = 300_000
_DEPTH = 24
_KEYS = frozenset({b"uid", b"type", b"root_uid", b"root", b"name", b"inputs", b"primitive_functions", b"version", b"op",
                   b"attributes", b"primitive_function_configs", b"composite"})  # fmt: skip
"""Names that a saved function or variable has at its top."""
_LEAST_KEYS = 3
_TYPES = {1: "Float", 2: "Double", 4: "Float16", 5: "Int8", 6: "Int16"}
_VECTOR, _DICTIONARY, _ARRAY = 11, 12, 13
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds a graph and numbers",))


@dataclass
class _Found:
    keys: set[bytes] = field(default_factory=set)
    tensors: int = 0
    parameters: int = 0
    types: Counter[str] = field(default_factory=Counter)
    native: bool = False


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A saved function, of version 2 or 1; None for everything else."""
    if not begins_with(MARK, blob):
        return None
    if blob.head[:1] == b"B":
        return _first(blob)
    found, wire, remark = _Found(), Wire(blob, _BUDGET, _FIELDS), None
    try:
        _dictionary(wire, Field(0, BYTES, 0, 0, blob.size, blob.size), found, 0)
    except WireError:
        return None
    except BudgetExceededError:
        remark = "It is larger than what is read here; its tensors were not all counted."
    if wire.is_cut_off:
        remark = "It is cut off."
    if len(found.keys & _KEYS) < (_LEAST_KEYS if remark is None else 2):
        return None
    native = LoadingVerdict(LoadingSafety.EXECUTES_CODE, ("it names functions that come from a library of its own",))
    unknown = LoadingVerdict(LoadingSafety.UNKNOWN, ("not all of its functions could be read",))
    is_weight = found.tensors > 0 or remark is not None
    return Detection(
        format="cntk",
        title=TITLE if is_weight else "CNTK (a graph without numbers)",
        is_weight=is_weight,
        confidence=Confidence.CERTAIN if remark is None else Confidence.PROBABLE,
        loading=native if found.native else unknown if remark else _SAFE,
        parameters=found.parameters if remark is None else None,
        tensors=found.tensors if remark is None else None,
        metadata={"dtypes": tally(found.types)} if found.types else {},
        remarks=(remark,) if remark else (),
    )


def _dictionary(wire: Wire, message: Field, found: _Found, depth: int) -> None:
    """Version and a map of names to values."""
    if depth > _DEPTH:
        raise BudgetExceededError("it is nested more deeply than is read here")
    for part in wire.fields(message.start, message.end):
        if part.number == 1:
            part.expect(VARINT)
            continue
        if part.number != 2:
            raise WireError
        part.expect(BYTES)
        for item in wire.fields(part.start, part.end):
            item.expect(BYTES)
            if item.number == 1:
                name = wire.content(item, 64)
                found.native |= name in {b"native_user_function", b"userdefinedfunction_python"}
                if depth == 0:
                    found.keys.add(name)
            elif item.number == 2:
                _value(wire, item, found, depth + 1)
            else:
                raise WireError


def _value(wire: Wire, message: Field, found: _Found, depth: int) -> None:
    """A DictionaryValue: numbers and texts are stepped over, what holds more is followed."""
    if depth > _DEPTH:
        raise BudgetExceededError("it is nested more deeply than is read here")
    for part in wire.fields(message.start, message.end):
        if part.number > _ARRAY:
            raise WireError
        if part.wire != BYTES:
            continue
        if part.number == _VECTOR:
            for item in wire.fields(part.start, part.end):
                item.expect(BYTES)
                _value(wire, item, found, depth + 1)
        elif part.number == _DICTIONARY:
            _dictionary(wire, part, found, depth + 1)
        elif part.number == _ARRAY:
            _array(wire, part, found)


def _array(wire: Wire, message: Field, found: _Found) -> None:
    kind, shape = 0, [0]
    for part in wire.fields(message.start, message.end):
        if part.number == 1 and part.wire == VARINT:
            kind = part.value
        elif part.number == 3 and part.wire == BYTES:
            shape = [size for item in wire.fields(part.start, part.end) for size in wire.numbers(item, 32)][:32]
    found.tensors += 1
    found.types[_TYPES.get(kind, "other")] += 1
    if all(size < 2**40 for size in shape):
        found.parameters += math.prod(shape)


def _first(blob: BoundedReader) -> Detection:
    """Version 1: the second section is its version, and then there are the nodes by their names."""
    has_version = "BVersion\0".encode("utf-16-le") in blob.head[8:64]
    return Detection(
        format="cntk",
        title=f"{TITLE} (version 1)",
        is_weight=True,
        confidence=Confidence.CERTAIN if has_version else Confidence.PROBABLE,
        loading=_SAFE,
        metadata={"version": "1"},
    )
