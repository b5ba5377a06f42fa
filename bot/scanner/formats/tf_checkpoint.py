"""TensorFlow checkpoints: an index, which is a sorted table of names, and shards of bare numbers; or one table of both.

Source: tensorflow/core/util/tensor_bundle and tensorflow/core/protobuf/tensor_bundle.proto of TensorFlow; for the first
version tensorflow/core/util/saved_tensor_slice.proto.
"""

from __future__ import annotations

import math
import posixpath
import re
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.formats._shards import shards_beside
from bot.scanner.formats._tf_graph import NUMBER_TYPES, SLOT_NAME, TRAINED_TYPES, read_shape
from bot.scanner.readers import BoundedReader, BudgetExceededError, BytesReader
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.protobuf import BYTES, VARINT, Field, Wire, WireError
from bot.scanner.structures.sstable import ends_as_table, entries, first_entries, varint
from bot.scanner.wording import tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "TensorFlow checkpoint"
SUFFIXES = ()
MARK = rb"\0\0(?:[\x02-\x3f]\x08|[\x80-\xff]{0,3}[\x04-\x7f]\n[\x80-\xff]{0,3}[\x01-\x7f]\n)"
NAMES = r"\.data-\d{5}-of-\d{5}$"

READ_LIMIT = 8 * 1024 * 1024
"""Bytes of a table that are read: a name and a shape take about a hundred."""
_SHARD = re.compile(r"\.data-(\d{5})-of-(\d{5})$")
_SHARD_LIMIT = 2_000
_DENSEST = 8
"""Numbers for each byte of a shard beyond which its entry is not believed."""
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds names and numbers only",))


@dataclass
class _Contents:
    version: int = 2
    shards: int = 0
    tensors: int = 0
    parameters: int = 0
    types: Counter[str] = field(default_factory=Counter)
    is_damaged: bool = False
    remark: str | None = None


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """An index by its table and entries; a shard by its name alone, for nothing else tells it."""
    contents = _Contents()
    if _read(blob, contents):
        return _described(path, contents)
    match = _SHARD.search(path)
    if match is None or int(match.group(1)) >= int(match.group(2)) or not _is_binary(blob.head):
        return None
    return Detection(
        "tf-checkpoint",
        "TensorFlow checkpoint (shard)",
        is_weight=True,
        confidence=Confidence.POSSIBLE,
        loading=_SAFE,
        companions=(f"{_SHARD.sub('', posixpath.basename(path))}.index", *shards_beside(path)),
        remarks=("Only its name speaks for weights: a shard has no structure of its own.",),
    )


def _read(blob: BoundedReader, contents: _Contents) -> bool:
    """True where the file is a checkpoint's table, of which everything was read that can be."""
    first = next(first_entries(blob.head[:64]), None)
    if first is None and len(blob.head) > 16 and blob.head[:2] == b"\0\0":
        return _read_version_1(blob, contents)
    if first is None or first[0] or not _is_header(first[1], contents):
        return first is not None and first[0] == b"" and _read_version_1(blob, contents)
    if not ends_as_table(blob):
        contents.remark = "It is cut off: not all of its names could be read."
        for key, value in first_entries(blob.head):
            if key and not _add(key, value, contents):
                return False
        return contents.tensors > 0
    try:
        for key, value in entries(blob, READ_LIMIT):
            if key and not _add(key, value, contents):
                contents.is_damaged = True
    except DamagedError:
        contents.is_damaged = True
    except BudgetExceededError:
        contents.remark = "It is larger than what is read here; its tensors were not all counted."
    return True


def _is_header(value: bytes, contents: _Contents) -> bool:
    """True for a BundleHeaderProto: the number of shards, the byte order, a version."""
    try:
        for item in _fields(value):
            if item.number == 1:
                item.expect(VARINT)
                contents.shards = item.value
            elif item.number not in {2, 3}:
                return False
    except WireError:
        return False
    return contents.shards > 0


def _add(key: bytes, value: bytes, contents: _Contents) -> bool:
    """Count the tensor of a BundleEntryProto; False where it is none."""
    wire, kind, size, is_divided = _wire(value), 0, 0, False
    shape: list[int] = []
    try:
        for item in wire.fields(0, wire.size):
            if item.number == 1:
                item.expect(VARINT)
                kind = item.value
            elif item.number == 2:
                item.expect(BYTES)
                shape = read_shape(wire, item)
            elif item.number == 5:
                size = item.value
            elif item.number == 7:
                is_divided = True
            elif item.number > 7:
                return False
    except WireError:
        return False
    _count(key, kind, shape, size, is_divided=is_divided, contents=contents)
    return not wire.is_cut_off


def _count(key: bytes, kind: int, shape: list[int], size: int, *, is_divided: bool, contents: _Contents) -> None:
    if kind not in TRAINED_TYPES or SLOT_NAME.search(key):
        return
    # A divided tensor has an entry of its own, and one for each slice under a key that begins with a zero byte.
    if not key.startswith(b"\0"):
        contents.tensors += 1
        contents.types[NUMBER_TYPES[kind][0]] += 1
    elements = math.prod(shape)
    if not is_divided and elements <= _DENSEST * size:
        contents.parameters += elements


def _read_version_1(blob: BoundedReader, contents: _Contents) -> bool:
    """The first version keeps the numbers in the table itself; its first entry, SavedTensorSlices, names them all."""
    try:
        shared, position = varint(blob.head[:32], 0)
        unshared, position = varint(blob.head[:32], position)
        length, position = varint(blob.head[:32], position)
    except DamagedError:
        return False
    wire = Wire(blob, READ_LIMIT, 10 * READ_LIMIT)
    whole = Field(1, BYTES, 0, position, min(position + length, blob.size), length)
    contents.version = 1
    try:
        for item in wire.fields(whole.start, whole.end) if not shared and not unshared else ():
            if item.number != 1:
                return False
            for part in wire.fields(item.start, item.end):
                part.expect(BYTES)
                if part.number == 1:
                    _add_slices(wire, part, contents)
    except WireError:
        return False
    except BudgetExceededError:
        contents.remark = "It is larger than what is read here; its tensors were not all counted."
    if not ends_as_table(blob):
        contents.remark = "It is cut off: not all of its numbers are there."
    return contents.tensors > 0


def _add_slices(wire: Wire, parent: Field, contents: _Contents) -> None:
    """Count the tensor of a SavedSliceMeta."""
    name, kind = b"", 0
    shape: list[int] = []
    for item in wire.fields(parent.start, parent.end):
        if item.number == 1:
            item.expect(BYTES)
            name = wire.content(item, 1024)
        elif item.number == 2:
            item.expect(BYTES)
            shape = read_shape(wire, item)
        elif item.number == 3:
            item.expect(VARINT)
            kind = item.value
        elif item.number != 4:
            raise WireError
    _count(name, kind, shape, wire.size, is_divided=False, contents=contents)


def _described(path: str, contents: _Contents) -> Detection:
    whole = contents.remark is None and not contents.is_damaged
    is_weight = contents.tensors > 0 or not whole
    remarks = [contents.remark] if contents.remark else []
    if contents.is_damaged:
        remarks.append("It is damaged or compressed: not all of its names could be read.")
    if contents.version == 2 and is_weight:
        remarks.append("Its numbers are in the shards beside it.")
    title = "TensorFlow checkpoint (index)" if contents.version == 2 else "TensorFlow checkpoint (version 1)"
    cut_off = contents.remark is not None and "cut off" in contents.remark
    return Detection(
        format="tf-checkpoint",
        title=title if is_weight else "TensorFlow checkpoint (without trained numbers)",
        is_weight=is_weight,
        confidence=Confidence.PROBABLE if cut_off else Confidence.CERTAIN,
        loading=_SAFE,
        parameters=contents.parameters if whole else None,
        tensors=contents.tensors if whole else None,
        metadata={"dtypes": tally(contents.types)} if contents.types else {},
        companions=_companions(path, contents),
        remarks=tuple(remarks),
    )


def _companions(path: str, contents: _Contents) -> tuple[str, ...]:
    """The shards beside an index, and the graph of the training."""
    stem = posixpath.basename(path)
    if contents.version == 1:
        return (f"{stem}.meta",)
    if not stem.endswith(".index"):
        return ()
    stem = stem.removesuffix(".index")
    count = contents.shards if contents.shards <= _SHARD_LIMIT else 0
    return (*(f"{stem}.data-{number:05}-of-{count:05}" for number in range(count)), f"{stem}.meta")


def _wire(value: bytes) -> Wire:
    return Wire(BoundedReader(BytesReader(value), len(value)), len(value), len(value) + 1)


def _fields(value: bytes) -> list[Field]:
    wire = _wire(value)
    return list(wire.fields(0, wire.size))


def _is_binary(head: bytes) -> bool:
    return b"\0" in head[:4096]
