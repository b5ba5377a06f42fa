"""MNN (`.mnn`): a FlatBuffer without an identifier, told by what its tables hold.

Source: schema/default/MNN.fbs, CaffeOp.fbs and Tensor.fbs of MNN; fields are numbered in the order of the tables.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.flatbuffer import Table, table_at
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.wording import decoded, shown, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "MNN"
SUFFIXES = (".mnn",)
MARK = rb"[\x08-\xfc][\0-\x01]\0\0(?![ -~]{4}).{4}"
LEAST = 128

_BUDGET = 4 * 1024 * 1024
_PARTS = 50_000
_SEEN = 64
"""Names and operators that are looked at where the file is cut off."""
_TYPES_LIMIT = 1024
"""Kinds of operators (OpType) end at about 600."""
_UNION_LIMIT = 120
_FORMATS = range(8)
"""Of the tools that models come from (NetSource)."""
_SOURCES = ("Caffe", "TensorFlow", "TensorFlow Lite", "ONNX", "Torch")
_BATCH_NORM, _BLOB, _CONVOLUTION, _INNER, _SCALE, _CONVOLUTION_3D = 5, 7, 9, 20, 59, 84
"""Numbers in the union OpParameter of the tables that hold trained numbers."""
_PLUGIN = {256, 512}
"""Operators that come from libraries beside MNN: Plugin, Extra."""
_VECTORS = {_BATCH_NORM: (1, 2, 3, 4), _CONVOLUTION: (1, 2), _INNER: (3, 4), _SCALE: (1, 2), _CONVOLUTION_3D: (1, 2)}
"""Vectors of floats in each table."""


@dataclass
class _Net:
    operators: int = 0
    source: str = ""
    code: str = ""
    tensors: int = 0
    parameters: int = 0
    outside: bool = False
    plugins: int = 0
    types: Counter[str] = field(default_factory=Counter)


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A network whose operators and tensors have names; None for everything else."""
    pages, net, remark = Pages(blob, _BUDGET), _Net(), None
    root = int.from_bytes(blob.head[:4], "little")
    if root % 4 or root + 4 > blob.size:
        return None
    try:
        _read(table_at(pages, root), net)
    except DamagedError:
        if not _is_cut_off(pages, root):
            return None
        remark = "It is cut off: not all of its operators are there."
    except BudgetExceededError:
        remark = "It is larger than what is read here; its tensors were not all counted."
    if not net.operators and (remark is None or "cut off" not in remark):
        return None
    return _described(path, net, remark)


def _described(path: str, net: _Net, remark: str | None) -> Detection:
    plain = LoadingVerdict(LoadingSafety.SAFE, ("the format holds a graph and numbers",))
    plugged = LoadingVerdict(LoadingSafety.EXECUTES_CODE, ("it has operators that come from a library of their own",))
    metadata = {"operators": f"{net.operators:,}"}
    if net.source:
        metadata["producer"] = f"MNN, from {net.source}"
    if net.code:
        metadata["name"] = net.code
    if net.types:
        metadata["dtypes"] = tally(net.types)
    return Detection(
        format="mnn",
        title=TITLE,
        is_weight=net.tensors > 0 or net.outside or remark is not None,
        confidence=Confidence.CERTAIN if remark is None else Confidence.PROBABLE,
        loading=plugged if net.plugins else plain,
        parameters=net.parameters if remark is None and not net.outside else None,
        tensors=net.tensors if remark is None else None,
        metadata=metadata,
        companions=(f"{posixpath.basename(path)}.weight",) if net.outside else (),
        remarks=(remark,) if remark else (),
    )


def _read(root: Table, net: _Net) -> None:
    source = root.number(6, 1)
    if source not in _FORMATS or root.fields > 20:
        raise DamagedError
    operators = root.tables(3, _PARTS)
    names = _names(root, 7)
    if not operators or not names:
        raise DamagedError
    net.source = _SOURCES[source] if source < len(_SOURCES) else ""
    net.code = shown(decoded(root.text(0, 200)))
    for operator in operators:
        _operator(operator, net)
    for graph in root.tables(10, _PARTS):
        for operator in graph.tables(3, _PARTS):
            _operator(operator, net)


def _names(table: Table, number: int) -> int:
    """How many names a vector of texts has; DamagedError where the first is none."""
    begin, count = table.vector(number)
    if count > _PARTS or not count:
        raise DamagedError
    place = begin + table.pages.number(begin, 4)
    length = table.pages.number(place, 4)
    if length > 4096 or not table.pages.read(place + 4, min(length, 200)).decode("utf-8", "replace").isprintable():
        raise DamagedError
    return count


def _is_cut_off(pages: Pages, root: int) -> bool:
    """True where the names of tensors are there and operators lie behind the end of the file.

    What tables share comes last in a file, so that of one that is cut hardly a table can be read.
    """
    try:
        table = table_at(pages, root)
        if not 8 <= table.fields <= 20 or table.number(6, 1) not in _FORMATS:
            return False
        operators = _places(table, 3)
        names = [place for place in _places(table, 7) if place + 4 < pages.size]
        are_names = all(_is_name(pages, place) for place in names)
    except (DamagedError, BudgetExceededError):
        return False
    reaches_out = any(place % 4 == 0 and place >= pages.size for place in operators)
    shared = [place for place in operators if place + 4 <= pages.size]
    missing = any(place - pages.number(place, 4, signed=True) >= pages.size for place in shared)
    return (reaches_out or missing) and all(place % 4 == 0 for place in operators) and len(names) > 1 and are_names


def _places(table: Table, number: int) -> list[int]:
    """Where the first items of a vector of tables or texts are. Raises DamagedError."""
    begin, count = table.vector(number)
    if not 0 < count <= _PARTS:
        raise DamagedError
    places = range(begin, begin + 4 * min(count, _SEEN), 4)
    return [place + table.pages.number(place, 4) for place in places]


def _is_name(pages: Pages, place: int) -> bool:
    length = pages.number(place, 4)
    if not 0 < length <= 512 or place + 5 + length > pages.size:
        return place + 5 + length > pages.size
    text = pages.read(place + 4, length + 1)
    return text[-1:] == b"\0" and text[:-1].isascii() and text[:-1].decode("ascii").isprintable()


def _operator(operator: Table, net: _Net) -> None:
    kind, union = operator.number(5, 4), operator.number(1, 1)
    if operator.fields > 12 or kind > _TYPES_LIMIT or union > _UNION_LIMIT:
        raise DamagedError
    net.operators += 1
    net.plugins += kind in _PLUGIN
    main = operator.table(2) if union else None
    if main is None:
        return
    if union == _BLOB:
        _blob(main, net)
        return
    for number in _VECTORS.get(union, ()):
        _add(net, main.vector(number)[1], "float32")
    if union == _CONVOLUTION:
        _quantised(main.table(3), 0, net)
        _quantised(main.table(4), 0, net)
        net.outside |= main.vector(6)[1] > 0
    elif union == _INNER:
        _quantised(main.table(7), 0, net)


def _quantised(table: Table | None, number: int, net: _Net) -> None:
    if table is not None:
        _add(net, table.vector(number)[1], "quantised")


def _blob(blob: Table, net: _Net) -> None:
    """Constants: floats and bytes; those of whole numbers are mostly shapes."""
    for number, name in ((3, "uint8"), (4, "int8"), (7, "float32")):
        _add(net, blob.vector(number)[1], name)
    net.outside |= blob.vector(9)[1] > 0


def _add(net: _Net, count: int, name: str) -> None:
    if count:
        net.tensors += 1
        net.parameters += count
        net.types[name] += 1
