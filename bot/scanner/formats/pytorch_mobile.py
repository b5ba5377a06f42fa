"""Lite interpreter models of PyTorch as a FlatBuffer (`.ptl`, `.ff`): bytecode, values and the storages of tensors.

Source: torch/csrc/jit/serialization/mobile_bytecode.fbs of PyTorch (identifier PTMF).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from bot.scanner.formats._remarks import remark_of
from bot.scanner.formats._tensors import Tensors
from bot.scanner.formats._torch_operators import is_noted, operators_in_source, verdict_on
from bot.scanner.formats._torch_scalars import SCALARS
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.flatbuffer import Table, root_of, table_at
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "PyTorch lite interpreter model (FlatBuffer)"
SUFFIXES = ()
MARK = rb".{4}PTMF"

READ_LIMIT = 8 * 1024 * 1024
PART_LIMIT = 200_000
_RANK_LIMIT = 32
_SOURCE_LIMIT = 1024 * 1024
_TENSOR, _FUNCTION = 5, 16
"""Of the union IValueUnion."""


@dataclass
class _Contents(Tensors):
    operators: set[str] = field(default_factory=set)
    storages: int = 0
    whole: bool = False


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    root = root_of(blob)
    if blob.head[4:8] != b"PTMF" or root is None:
        return None
    contents = _Contents()
    too_large = "It is larger than what is read of its structure here."
    remark = remark_of(lambda: _read(Pages(blob, READ_LIMIT), root, contents), too_large)
    loading = _loading(contents)
    return Detection(
        format="pytorch-mobile",
        title=TITLE,
        is_weight=contents.storages > 0 or not contents.whole or loading.safety is LoadingSafety.DANGEROUS,
        confidence=Confidence.CERTAIN if contents.whole else Confidence.PROBABLE,
        loading=loading,
        parameters=contents.parameters if contents.whole and contents.parameters < 2**63 else None,
        tensors=contents.tensors if contents.whole else None,
        metadata=contents.dtypes,
        remarks=(remark,) if remark else (),
    )


def _read(pages: Pages, root: int, contents: _Contents) -> None:
    module = table_at(pages, root)
    for source in module.tables(8, PART_LIMIT):
        contents.operators |= operators_in_source(source.text(1, _SOURCE_LIMIT))
    for value in module.tables(4, PART_LIMIT):
        kind = value.number(0, 1)
        if kind == _TENSOR and (tensor := value.table(1)) is not None:
            _tensor(tensor, contents)
        elif kind == _FUNCTION and (function := value.table(1)) is not None:
            names = (decoded(operator.text(0, 200), 100) for operator in function.tables(2, PART_LIMIT))
            contents.operators |= {name for name in names if is_noted(name)}
    for storage in module.tables(6, PART_LIMIT):
        begin, length = storage.vector(0)
        if begin + length > pages.size:
            raise DamagedError
        contents.storages += length > 0
    contents.whole = True


def _tensor(tensor: Table, contents: _Contents) -> None:
    contents.add(SCALARS.get(tensor.number(1, 1), "other"), math.prod(tensor.numbers(3, 4, _RANK_LIMIT)))


def _loading(contents: _Contents) -> LoadingVerdict:
    safety = LoadingSafety.EXECUTES_CODE if contents.whole else LoadingSafety.UNKNOWN
    reason = "it holds a program, which runs when the model is used"
    if not contents.whole:
        reason = "its program could not be read to the end"
    return verdict_on(contents.operators, LoadingVerdict(safety, (reason,)))
