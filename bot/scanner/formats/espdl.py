"""ESP-DL (`.espdl`): an ONNX model that Espressif's tools quantised, as a FlatBuffer behind sixteen bytes.

Source: fbs_loader and Dl.fbs of ESP-DL: `EDL2`, whether it is encrypted, the length of what follows, padding; the
tables of the FlatBuffer have ONNX' fields in the same order.
"""

from __future__ import annotations

import math
from collections import Counter

from bot.scanner.formats._marks import begins_with
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.flatbuffer import table_at
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.wording import decoded, shown, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "ESP-DL"
SUFFIXES = (".espdl",)
MARK = rb"EDL[12][\0\x01]\0{3}.{4}\0{4}"
LEAST = 64

_START = 16
_BUDGET = 4 * 1024 * 1024
_PARTS = 20_000
_RANK_LIMIT = 32
_TYPES = {1: "FLOAT", 2: "UINT8", 3: "INT8", 4: "UINT16", 5: "INT16", 6: "INT32", 7: "INT64", 10: "FLOAT16"}
_UNKNOWN = LoadingVerdict(LoadingSafety.UNKNOWN, ("its structure could not be read",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model, also an encrypted one; None for everything else."""
    if not begins_with(MARK, blob, LEAST):
        return None
    if blob.head[4] == 1:
        return _answer(Confidence.PROBABLE, {}, None, None)
    pages = Pages(blob, _BUDGET)
    metadata: dict[str, str] = {}
    tensors, parameters, types = 0, 0, Counter[str]()
    try:
        root = table_at(pages, _START + pages.number(_START, 4))
        graph = root.table(7)
        if graph is None or root.fields > 32:
            raise DamagedError  # noqa: TRY301 - the way in which every other fault of the file arrives here
        if producer := shown(f"{decoded(root.text(2, 200), 80)} {decoded(root.text(3, 200), 40)}"):
            metadata["producer"] = producer
        for tensor in graph.tables(2, _PARTS):
            begin, rank = tensor.vector(0)
            sizes = [pages.number(begin + 8 * axis, 8, signed=True) for axis in range(min(rank, _RANK_LIMIT))]
            tensors, parameters = tensors + 1, parameters + max(0, math.prod(sizes))
            types[_TYPES.get(tensor.number(1, 4), "other")] += 1
    except (DamagedError, BudgetExceededError):
        return _answer(Confidence.PROBABLE, metadata, None, None)
    if types:
        metadata["dtypes"] = tally(types)
    return _answer(Confidence.CERTAIN, metadata, tensors, parameters)


def _answer(confidence: Confidence, metadata: dict[str, str], tensors: int | None, parameters: int | None) -> Detection:
    whole = tensors is not None
    safe = LoadingVerdict(LoadingSafety.SAFE, ("the format holds a graph and numbers",))
    return Detection(
        format="espdl",
        title=TITLE,
        is_weight=not whole or bool(tensors),
        confidence=confidence,
        loading=safe if whole else _UNKNOWN,
        parameters=parameters,
        tensors=tensors,
        metadata=metadata,
        remarks=() if whole else ("It could not be read: it is encrypted, damaged, or cut off.",),
    )
