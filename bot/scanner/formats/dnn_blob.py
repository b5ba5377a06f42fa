"""Weight files of Opus, LPCNet and RNNoise: records of 64 bytes with a name, each before its numbers.

Source: src/nnet.h, src/parse_lpcnet_weights.c and src/write_weights.c of RNNoise.
"""

from __future__ import annotations

from collections import Counter

from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.wording import tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Opus, LPCNet or RNNoise weights"
SUFFIXES = ()
MARK = rb"DNNw.{60}"

READ_LIMIT = 1024 * 1024
_RECORD = 64
_RECORDS = 2_000
_TYPES = {0: ("F32", 4), 1: ("I32", 4), 2: ("quantized", 1), 3: ("I8", 1)}
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds names and numbers only",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """Records in a row; the first alone is proof enough."""
    pages = Pages(blob, READ_LIMIT)
    position = parameters = 0
    types: Counter[str] = Counter()
    remark = None
    try:
        while position < blob.size and sum(types.values()) < _RECORDS:
            kind, size, position = _record(pages, position)
            name, width = _TYPES[kind]
            types[name] += 1
            # Records of whole numbers say where the others stand in a sparse matrix.
            parameters += size // width if kind != 1 else 0
    except DamagedError:
        remark = "It is cut off, or damaged."
    except BudgetExceededError:
        remark = "It has more records than are read here."
    if not types:
        return None
    return Detection(
        format="dnn-blob",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE if remark else Confidence.CERTAIN,
        loading=_LOADING,
        parameters=None if remark else parameters,
        tensors=None if remark else sum(types.values()),
        metadata={"dtypes": tally(types)},
        remarks=(remark,) if remark else (),
    )


def _record(pages: Pages, position: int) -> tuple[int, int, int]:
    """Type and bytes of one record, and the place after it. Raises DamagedError where it is none or not all there."""
    record = pages.read(position, _RECORD)
    kind, size, room = (int.from_bytes(record[at : at + 4], "little") for at in (8, 12, 16))
    end = position + _RECORD + room
    is_named = record[20:21].isalpha() and record[63] == 0
    if record[:4] != b"DNNw" or kind not in _TYPES or size > room or not is_named or end > pages.size:
        raise DamagedError
    return kind, size, end
