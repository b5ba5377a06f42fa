"""PyTorch checkpoints before 1.6: pickles in a row, the first of them a magic number, then the raw storages.

Source: torch/serialization.py, `_legacy_save`: magic number, protocol version, system information, the object, the
list of storage keys.
"""

from __future__ import annotations

import dataclasses

from bot.scanner.formats.pickle import describe
from bot.scanner.pickles import Allowance, holdings, trace
from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection

TITLE = "PyTorch checkpoint (before 1.6)"
SUFFIXES = ()
MARK = rb"\x80[\x02-\x05]"

_MAGIC = (0x1950A86A20F9469CFC6C).to_bytes(10, "little")
_PICKLES = 5


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A checkpoint of the old kind; None for everything else."""
    if blob.head[:1] != b"\x80" or _MAGIC not in blob.head[:32]:
        return None
    traces, position, allowance = [], 0, Allowance()
    for _ in range(_PICKLES):
        traces.append(trace(blob, position, allowance=allowance))
        position = traces[-1].end
        if not traces[-1].whole:
            break
    found = describe(path, "pytorch-legacy", TITLE, traces, holdings(traces))
    return dataclasses.replace(found, is_weight=True, confidence=Confidence.CERTAIN)
