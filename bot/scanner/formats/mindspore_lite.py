"""MindSpore Lite (`.ms`): a FlatBuffer of nodes and tensors.

Source: mindspore/lite/schema/model.fbs of MindSpore (MetaGraph, CNode, Tensor), marked `MSL2`, before that `MSL1`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from bot.scanner.formats._paths import leads_outside
from bot.scanner.formats._remarks import remark_of
from bot.scanner.formats._tensors import Tensors
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.flatbuffer import Table, root_of, table_at
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "MindSpore Lite"
SUFFIXES = ()
MARK = rb".{4}MSL[12]"
LEAST = 48

_BUDGET = 4 * 1024 * 1024
_PARTS = 50_000
_RANK_LIMIT = 32
_TYPES = {30: "bool", 32: "int8", 33: "int16", 34: "int32", 35: "int64", 37: "uint8", 38: "uint16", 39: "uint32",
          40: "uint64", 42: "float16", 43: "float32", 44: "float64",
          45: "bfloat16"}  # fmt: skip
"""By TypeId."""


@dataclass
class _Model(Tensors):
    name: str = ""
    version: str = ""
    nodes: int = 0
    outside: dict[str, None] = field(default_factory=dict)


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    root = root_of(blob)
    if root is None:
        return None
    model = _Model()
    too_large = "It is larger than what is read here; its tensors were not all counted."
    remark = remark_of(lambda: _read(table_at(Pages(blob, _BUDGET), root), model), too_large)
    metadata = {"name": model.name, "producer": model.version} | model.dtypes
    outside = [name for name in model.outside if leads_outside(name)]
    safe = LoadingVerdict(LoadingSafety.SAFE, ("the format holds a graph and numbers",))
    danger = f"it reads its numbers from {outside[0]}, outside its own folder" if outside else ""
    return Detection(
        format="mindspore-lite",
        title=TITLE,
        is_weight=model.tensors > 0 or remark is not None,
        confidence=Confidence.CERTAIN if remark is None else Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.DANGEROUS, (danger,)) if outside else safe,
        parameters=model.parameters if remark is None else None,
        tensors=model.tensors if remark is None else None,
        metadata={key: value for key, value in metadata.items() if value},
        companions=tuple(name for name in model.outside if name and name not in outside),
        remarks=(remark,) if remark else (),
    )


def _read(root: Table, model: _Model) -> None:
    model.name, model.version = decoded(root.text(0, 200)), decoded(root.text(1, 200), 60)
    model.nodes = len(root.tables(6, _PARTS))
    for tensor in root.tables(7, _PARTS):
        begin, length = tensor.vector(6)
        files = [decoded(entry.text(1, 400)) for entry in tensor.tables(12, 100)]
        model.outside |= dict.fromkeys(files)
        if begin + length > tensor.pages.size:
            raise DamagedError
        if not length and not files:
            continue  # the numbers come into it when the model runs
        sizes = tensor.numbers(2, 4, _RANK_LIMIT, signed=True)
        model.add(_TYPES.get(tensor.number(1, 4), "other"), max(0, math.prod(sizes)))
