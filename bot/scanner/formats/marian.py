"""Marian's models of machine translation: a binary list of items, or a zip of arrays with the settings as one of them.

Source: src/common/binary.cpp, src/common/types.h and src/common/io.cpp of Marian.
"""

from __future__ import annotations

import math
import struct
from collections import Counter

from bot.scanner.readers import BoundedReader, BudgetExceededError, UnreadableError
from bot.scanner.structures.npy import read_header
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.structures.zips import open_zip
from bot.scanner.wording import tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Marian model"
SUFFIXES = ()
MARK = rb"(?:\x01\0{7}.{3}\0{5}[\x02-\xff]\0{7}.{3}\0{5}[\x01-\x08]\0{7}|PK\x03\x04)"
LEAST = 120

READ_LIMIT = 2 * 1024 * 1024
_ITEMS = 20_000
"""Items that are read; models have some hundred."""
_SETTINGS = "special:model.yml"
_CLASSES = {0x100: "I", 0x200: "U", 0x400: "F", 0x800: "packed ", 0x10000: "intgemm "}
_HEADER = struct.Struct("<4Q")
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds names, numbers and settings only",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model of either form; None for every other zip and number."""
    return _zipped(blob) if blob.head.startswith(b"PK") else _binary(blob)


def _zipped(blob: BoundedReader) -> Detection | None:
    archive = open_zip(blob)
    if archive is None or not {f"{_SETTINGS}.npy", _SETTINGS} & archive.members.keys():
        return None
    parameters, types = 0, Counter[str]()
    names = [name for name in archive.members if not name.startswith("special:")]
    for name in names[:_ITEMS]:
        try:
            header = read_header(archive.reader(archive.members[name]))
        except UnreadableError:
            header = None
        if header is not None:
            parameters += header.elements
            types[header.dtype] += 1
    return _described(parameters, len(names), types, None) if names else None


def _binary(blob: BoundedReader) -> Detection | None:
    pages = Pages(blob, READ_LIMIT)
    try:
        count = pages.number(8, 8)
        if pages.number(0, 8) != 1 or not 0 < count <= _ITEMS:
            return None
        headers = [_HEADER.unpack(pages.read(16 + 32 * item, 32)) for item in range(count)]
        position = 16 + 32 * count
        if any(not 1 < name < 4096 or shape > 16 or kind & 0xFF > 16 for name, kind, shape, _ in headers):
            return None
        names = [pages.read(position, header[0]) for header in headers[:1]]
        if any(name[-1] or not name[:-1].isascii() for name in names):
            return None
    except (DamagedError, BudgetExceededError):
        return None
    parameters, types, remark = 0, Counter[str](), None
    position += sum(header[0] for header in headers)
    try:
        for _, kind, rank, _ in headers:
            shape = [pages.number(position + 4 * axis, 4) for axis in range(rank)]
            position += 4 * rank
            parameters += math.prod(shape)
            types[f"{_CLASSES.get(kind & 0x10F00, 'type ')}{8 * (kind & 0xFF)}".strip()] += 1
        end = position + 8 + pages.number(position, 8) + sum(header[3] for header in headers)
        remark = "It is cut off, or damaged." if end > blob.size else None
    except DamagedError:
        remark = "It is cut off, or damaged."
    except BudgetExceededError:
        remark = "It has more items than are read here."
    if remark is None and parameters > 8 * blob.size:
        return None
    return _described(parameters, count, types, remark)


def _described(parameters: int, tensors: int, types: Counter[str], remark: str | None) -> Detection:
    return Detection(
        format="marian",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE if remark else Confidence.CERTAIN,
        loading=_LOADING,
        parameters=None if remark else parameters,
        tensors=None if remark else tensors,
        metadata={"dtypes": tally(types)} if types else {},
        remarks=(remark,) if remark else (),
    )
