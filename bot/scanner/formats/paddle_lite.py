"""Paddle Lite (`.nb`): a version, the name of the tool that made it, the program, and the parameters, all in one file.

Source: lite/model_parser/model_parser.cc (the table above LoadModelNaiveFromFile), flatbuffers/io.cc (ParamSerializer),
flatbuffers/framework.fbs and param.fbs of Paddle-Lite.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.scanner.formats._marks import begins_with
from bot.scanner.formats._tensors import Tensors
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.flatbuffer import Table, table_at
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Paddle Lite"
SUFFIXES = ()
MARK = rb"[\0-\x02]\0[\w.-][\w.\-\0]{15}.{5}\0{3}"
"""The program has less than 2 ** 40 bytes."""
LEAST = 64

_BUDGET = 4 * 1024 * 1024
_START = 26
"""Two bytes of version, sixteen of the tool's name, eight of the program's length."""
_PARTS = 20_000
_RANK_LIMIT = 32
_TYPES = {0: "BOOL", 1: "INT16", 2: "INT32", 3: "INT64", 4: "FP16", 5: "FP32", 6: "FP64", 20: "UINT8", 21: "INT8"}


@dataclass
class _Model(Tensors):
    operators: int = 0


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model of version 1 or 2, or of version 0 by its beginning; None for everything else."""
    if not begins_with(MARK, blob, LEAST):
        return None
    version, length = blob.head[0], int.from_bytes(blob.head[18:26], "little")
    tool = blob.head[2:18].rstrip(b"\0")
    if b"\0" in tool or length < 16 or _START + length >= blob.size:
        return None
    if version == 0:
        return _old(blob, tool)
    model, remark = _Model(), None
    pages = Pages(blob, _BUDGET)
    try:
        _program(pages, model)
        if model.operators == 0:
            return None
        end = _START + length
        _together(pages, end, model) if version == 1 else _in_a_row(pages, end, model)
    except DamagedError:
        remark = "It is damaged or cut off: not all of it could be read."
    except BudgetExceededError:
        remark = "It is larger than what is read here; its tensors were not all counted."
    return _described(model, tool, remark) if model.operators else None


def _described(model: _Model, tool: bytes, remark: str | None) -> Detection:
    return Detection(
        format="paddle-lite",
        title=TITLE,
        is_weight=model.tensors > 0 or remark is not None,
        confidence=Confidence.CERTAIN if remark is None else Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("the format holds a graph and numbers",)),
        parameters=model.parameters if remark is None else None,
        tensors=model.tensors if remark is None else None,
        metadata={"producer": f"Paddle Lite {decoded(tool)}"} | model.dtypes,
        remarks=(remark,) if remark else (),
    )


def _old(blob: BoundedReader, tool: bytes) -> Detection | None:
    """A model before 2.7, whose structure has no description: the tool's name is a version, and operators are named."""
    if not tool[:1].isdigit() and tool[:1] != b"v":
        return None
    if b"feed" not in blob.head or b"fetch" not in blob.head:
        return None
    return Detection(
        format="paddle-lite",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.UNKNOWN, ("its graph was not read",)),
        metadata={"producer": f"Paddle Lite {decoded(tool)}"},
    )


def _root(pages: Pages, begin: int) -> Table:
    return table_at(pages, begin + pages.number(begin, 4))


def _program(pages: Pages, model: _Model) -> None:
    """Count the operators of ProgramDesc; each has the name of its kind."""
    operators = 0
    for block in _root(pages, _START).tables(0, _PARTS):
        for operator in block.tables(3, _PARTS):
            name = operator.text(0, 100)
            if not name or not name.replace(b"_", b"").isalnum():
                raise DamagedError
            operators += 1
    model.operators = operators


def _together(pages: Pages, begin: int, model: _Model) -> None:
    """Version 1: one CombinedParamsDesc."""
    for parameter in _root(pages, begin).tables(0, _PARTS):
        _parameter(parameter, model)


def _in_a_row(pages: Pages, begin: int, model: _Model) -> None:
    """Version 2: a header that counts them, then one ParamDesc after the other, each with its length."""
    # Two bytes of version, two of length of a part that nothing uses yet, then a header that begins with the count.
    place = begin + 4 + pages.number(begin + 2, 2)
    header = pages.number(place, 2)
    count = pages.number(place + 2, 2)
    place += 2 + header
    for _ in range(count):
        total, offset = pages.number(place, 4), pages.number(place + 4, 4)
        if not 4 <= offset < total or place + 4 + total > pages.size:
            raise DamagedError
        _parameter(_root(pages, place + 4 + offset), model)
        place += 4 + total


def _parameter(parameter: Table, model: _Model) -> None:
    tensor = parameter.table(3)
    if tensor is None:
        raise DamagedError
    shape = tensor.numbers(2, 8, _RANK_LIMIT, signed=True)
    place, length = tensor.vector(4)
    if any(size < 0 for size in shape) or place + length > tensor.pages.size:
        raise DamagedError
    model.add(_TYPES.get(tensor.number(3, 4), "other"), math.prod(shape))
