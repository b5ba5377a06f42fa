"""Data files of ExecuTorch (`.ptd`): named tensors, described by a FlatBuffer, and their numbers behind it.

Source: extension/flat_tensor/serialize/flat_tensor.fbs (identifier FT01) and flat_tensor_header.h (`FH01` at offset 8)
of ExecuTorch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.scanner.formats._remarks import remark_of
from bot.scanner.formats._tensors import Tensors
from bot.scanner.formats._torch_scalars import SCALARS
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.flatbuffer import Table, root_of, table_at
from bot.scanner.structures.pages import Pages
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "ExecuTorch data"
SUFFIXES = (".ptd",)
MARK = rb".{4}FT\d\dFH\d\d"

READ_LIMIT = 4 * 1024 * 1024
PART_LIMIT = 100_000
_RANK_LIMIT = 32


@dataclass
class _Contents(Tensors):
    blobs: int = 0
    """Named data that are no tensor: what a backend was given."""
    segments: int = 0
    whole: bool = False
    cut_off: bool = False


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A data file; None for everything else."""
    head = blob.head
    root = root_of(blob)
    if head[4:6] != b"FT" or head[8:10] != b"FH" or root is None or root < 16:
        return None
    contents = _Contents()
    too_large = "It has more tensors than are counted here."
    remark = remark_of(lambda: _read(Pages(blob, READ_LIMIT), root, contents), too_large)
    if contents.cut_off:
        remark = "It is cut off: its segments pass its end."
    counted = contents.whole and not contents.blobs
    return Detection(
        format="executorch-data",
        title=TITLE,
        is_weight=contents.segments > 0 or not contents.whole,
        confidence=Confidence.CERTAIN if contents.whole else Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("the format holds names and numbers only",)),
        parameters=contents.parameters if counted and contents.parameters < 2**63 else None,
        tensors=contents.tensors if counted else None,
        metadata=contents.dtypes,
        remarks=(remark,) if remark else (),
    )


def _read(pages: Pages, root: int, contents: _Contents) -> None:
    base = pages.number(32, 8)
    data = table_at(pages, root)
    for segment in data.tables(1, PART_LIMIT):
        size = segment.number(1, 8)
        contents.segments += size > 0
        contents.cut_off = contents.cut_off or base + segment.number(0, 8) + size > pages.size
    for named in data.tables(2, PART_LIMIT):
        layout = named.table(2)
        if layout is None:
            contents.blobs += 1
        else:
            _layout(layout, contents)
    contents.whole = True


def _layout(layout: Table, contents: _Contents) -> None:
    contents.add(SCALARS.get(layout.number(0, 1), "other"), math.prod(layout.numbers(1, 4, _RANK_LIMIT)))
