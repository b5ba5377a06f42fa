"""ExecuTorch programs (`.pte`): a FlatBuffer of plans, and segments of numbers and of data for backends behind it.

Source: schema/program.fbs (identifier ET and two digits) and schema/extended_header.h (`eh00` at offset 8) of
ExecuTorch.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.formats._remarks import remark_of
from bot.scanner.formats._torch_operators import is_noted
from bot.scanner.formats._torch_scalars import SCALARS
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.flatbuffer import Table, root_of, table_at
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.wording import decoded, shown, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "ExecuTorch program"
SUFFIXES = (".pte",)
MARK = rb".{4}ET\d\d"

READ_LIMIT = 4 * 1024 * 1024
PART_LIMIT = 100_000
"""Values, operators or delegates of a plan."""
_PLAN_LIMIT = 100
_RANK_LIMIT = 32
_TENSOR = 5
"""Of the union KernelTypes."""
_EXTERNAL = 1
"""TensorDataLocation."""
_DATA_BACKENDS = frozenset({"XnnpackBackend", "CoreMLBackend", "MPSBackend", "VulkanBackend"})
"""Backends whose data are a graph and numbers."""
_MOST = 8


@dataclass
class _Contents:
    plans: list[str] = field(default_factory=list)
    backends: dict[str, None] = field(default_factory=dict)
    foreign: dict[str, None] = field(default_factory=dict)
    """Operators that PyTorch does not bring."""
    sizes: dict[int, int] = field(default_factory=dict)
    """Elements by the number of the constant that holds them: plans share constants."""
    external: dict[bytes, int] = field(default_factory=dict)
    """Elements by the name of the tensor in a data file."""
    types: Counter[str] = field(default_factory=Counter)
    has_data: bool = False
    whole: bool = False
    cut_off: bool = False


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A program; None for everything else."""
    head = blob.head
    root = root_of(blob)
    if head[4:6] != b"ET" or not head[6:8].isdigit() or root is None:
        return None
    contents = _Contents()
    too_large = "It is larger than what is read of its structure here; its tensors were not all counted."
    remark = remark_of(lambda: _read(Pages(blob, READ_LIMIT), root, contents), too_large)
    if contents.cut_off:
        remark = "It is cut off: its segments pass its end."
    if not contents.whole and not (contents.plans or head[8:12] == b"eh00"):
        return None
    return _described(contents, remark)


def _read(pages: Pages, root: int, contents: _Contents) -> None:
    program = table_at(pages, root)
    base = 0
    if pages.read(8, 4) == b"eh00":
        base = pages.number(24, 8)
    for segment in program.tables(4, PART_LIMIT):
        size = segment.number(1, 8)
        contents.has_data = contents.has_data or size > 0
        contents.cut_off = contents.cut_off or base + segment.number(0, 8) + size > pages.size
    for number in (2, 3):
        contents.has_data = contents.has_data or any(part.vector(0)[1] for part in program.tables(number, PART_LIMIT))
    plans = program.tables(1, _PLAN_LIMIT)
    if not plans:
        raise DamagedError
    for plan in plans:
        _plan(plan, contents)
    contents.whole = True


def _plan(plan: Table, contents: _Contents) -> None:
    contents.plans.append(decoded(plan.text(0, 100), 60))
    for value in plan.tables(2, PART_LIMIT):
        if value.number(0, 1) == _TENSOR and (tensor := value.table(1)) is not None:
            _tensor(tensor, contents)
    for operator in plan.tables(6, PART_LIMIT):
        name = decoded(operator.text(0, 200), 80)
        if is_noted(name):
            contents.foreign[name] = None
    for delegate in plan.tables(7, PART_LIMIT):
        contents.backends[decoded(delegate.text(0, 200), 60)] = None


def _tensor(tensor: Table, contents: _Contents) -> None:
    index = tensor.number(5, 4)
    extra = tensor.table(9)
    name = extra.text(1, 300) if extra is not None and extra.number(2, 1) == _EXTERNAL else b""
    if (not index and not name) or index in contents.sizes or name in contents.external:
        return
    elements = math.prod(tensor.numbers(2, 4, _RANK_LIMIT))
    contents.types[SCALARS.get(tensor.number(0, 1), "other")] += 1
    if name:
        contents.external[name] = elements
    else:
        contents.sizes[index] = elements


def _described(contents: _Contents, remark: str | None) -> Detection:
    # What a backend was given holds numbers that are not told apart here.
    counted = contents.whole and not contents.backends
    parameters = sum(contents.sizes.values()) + sum(contents.external.values())
    remarks = [remark] if remark else []
    if contents.external:
        remarks.append(f"{len(contents.external):,} of its tensors are in a data file (.ptd).")
    if contents.backends:
        remarks.append("Its parameters were not counted: backends hold some of them.")
    return Detection(
        format="executorch",
        title=TITLE,
        is_weight=bool(contents.sizes or contents.external) or contents.has_data or not contents.whole,
        confidence=Confidence.CERTAIN if contents.whole else Confidence.PROBABLE,
        loading=_loading(contents),
        parameters=parameters if counted and parameters < 2**63 else None,
        tensors=len(contents.sizes) + len(contents.external) if counted else None,
        metadata=_metadata(contents),
        remarks=tuple(remarks),
    )


def _metadata(contents: _Contents) -> dict[str, str]:
    chosen = {}
    if contents.plans:
        chosen["methods"] = shown(", ".join(contents.plans[:_MOST]))
    if contents.backends:
        chosen["backends"] = shown(", ".join(list(contents.backends)[:_MOST]))
    if contents.foreign:
        chosen["custom_operators"] = shown(", ".join(list(contents.foreign)[:_MOST]))
    if contents.types:
        chosen["dtypes"] = tally(contents.types)
    return chosen


def _loading(contents: _Contents) -> LoadingVerdict:
    if not contents.whole:
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("not all of its operators could be read",))
    unknown = [name for name in contents.backends if name not in _DATA_BACKENDS]
    if unknown:
        names = shown(", ".join(unknown[:_MOST]), 120)
        return LoadingVerdict(LoadingSafety.UNKNOWN, (f"it holds data for {names}, which were not looked into",))
    reason = "the format holds a graph and numbers"
    if contents.foreign:
        reason += "; it needs operators that the runtime does not bring, and that are not in the file"
    return LoadingVerdict(LoadingSafety.SAFE, (reason,))
