"""thinc's models, as spaCy keeps them in the folder of each component: nodes and their arrays in MessagePack.

Source: thinc/model.py (`Model.to_dict`), srsly/msgpack/_msgpack_numpy.py for the arrays; thinc/neural/util.py of
thinc 7 for the older manner, a list `weights`. A shim holds the model of another library in that library's own manner.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.msgpack import BINARY, LIST, MAP, NUMBER, TEXT, Value, value_at
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.pieces import Pieces
from bot.scanner.wording import decoded, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "spaCy component (thinc)"
SUFFIXES = ()
MARK = rb"\x84\xa5nodes[\x90-\x9f\xdc\xdd]|\x81(?:\xa7|\xc4\x07)weights[\x90-\x9f\xdc\xdd]"

READ_LIMIT = 2 * 1024 * 1024
"""Bytes beyond the head that are read; the numbers are not."""
_VALUE_LIMIT = 100_000
_RANK_LIMIT = 16
_TYPE = re.compile(r"[<>=|]?([fiub])(\d{1,2})")


@dataclass
class _Contents:
    architecture: str = ""
    nodes: int = 0
    parameters: int = 0
    tensors: int = 0
    types: Counter[str] = field(default_factory=Counter)
    shims: int = 0


class _Walk:
    """A place in the file that moves over values."""

    def __init__(self, blob: BoundedReader) -> None:
        self._pieces = Pieces(blob, READ_LIMIT)
        self._left = _VALUE_LIMIT
        self.position = 0

    def next(self, kind: str | None = None) -> Value:
        """The next value; of maps and lists only its start. Raises DamagedError where it is of another kind."""
        self._left -= 1
        if self._left < 0:
            raise BudgetExceededError("it has more values than are read here")
        value = value_at(self._pieces, self.position)
        if (kind is not None and value.kind != kind) or value.end > self._pieces.size:
            raise DamagedError
        self.position = value.end
        return value

    def word(self) -> bytes:
        """The next value, which is a text or bytes."""
        value = self.next()
        if value.kind not in {TEXT, BINARY}:
            raise DamagedError
        return self._pieces.read(value.begin, min(value.count, 1000))

    def skip(self) -> None:
        """Step over the next value with all that it holds."""
        left = 1
        while left:
            value = self.next()
            left += {MAP: 2, LIST: 1}.get(value.kind, 0) * value.count - 1


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    contents = _Contents()
    remark = None
    try:
        walk = _Walk(blob)
        for _ in range(walk.next(MAP).count):
            _part(walk, contents)
    except DamagedError:
        remark = "It is damaged or cut off."
    except BudgetExceededError:
        remark = "It is larger than what is read here; its numbers were not all counted."
    if remark and not contents.nodes and not contents.tensors:
        return None
    return _described(contents, remark)


def _part(walk: _Walk, contents: _Contents) -> None:
    key = walk.word()
    if key not in {b"nodes", b"params", b"shims", b"weights"}:
        walk.skip()
        return
    for _ in range(walk.next(LIST).count):
        if key == b"shims":
            contents.shims += walk.next(LIST).count if _is_list(walk) else _skipped(walk)
            continue
        pairs = walk.next()
        for _ in range(pairs.count if pairs.kind == MAP else 0):
            name = walk.word()
            if key == b"nodes" and name == b"name":
                title = decoded(walk.word(), 120)
                contents.architecture = contents.architecture or title
                contents.nodes += 1
            elif key == b"params" or name == b"params":
                _array(walk, contents)
            else:
                walk.skip()


def _is_list(walk: _Walk) -> bool:
    """True where a list of no items follows: a node without shims."""
    begin = walk.position
    value = walk.next()
    walk.position = begin
    return value.kind == LIST and value.count == 0


def _skipped(walk: _Walk) -> int:
    walk.skip()
    return 1


def _array(walk: _Walk, contents: _Contents) -> None:
    """An array of NumPy as a map with its type and shape, or nothing, or in the older manner a list of them."""
    value = walk.next()
    if value.kind == LIST:
        for _ in range(value.count):
            pairs = walk.next(MAP)
            _pairs(walk, pairs.count, contents)
    elif value.kind == MAP:
        _pairs(walk, value.count, contents)


def _pairs(walk: _Walk, count: int, contents: _Contents) -> None:
    kind, shape, is_array = "", [], False
    for _ in range(count):
        key = walk.word()
        if key == b"type":
            kind = decoded(walk.word(), 20)
        elif key == b"shape":
            rank = walk.next(LIST).count
            if rank > _RANK_LIMIT:
                raise DamagedError
            shape = [walk.next(NUMBER).count for _ in range(rank)]
            is_array = True
        elif key == b"value":
            _array(walk, contents)
        else:
            walk.skip()
    if is_array and (match := _TYPE.fullmatch(kind)):
        contents.tensors += 1
        contents.parameters += math.prod(shape)
        contents.types[f"{match[1]}{match[2]}"] += 1


def _described(contents: _Contents, remark: str | None) -> Detection:
    is_weight = contents.tensors > 0 or contents.shims > 0 or remark is not None
    metadata = {"architecture": contents.architecture} if contents.architecture else {}
    if contents.types:
        metadata["dtypes"] = tally(contents.types)
    loading = LoadingVerdict(LoadingSafety.SAFE, ("the format holds names and numbers only",))
    if remark:
        loading = LoadingVerdict(LoadingSafety.UNKNOWN, ("it could not be read to its end",))
    elif contents.shims:
        reason = "it holds a model of another library (a shim of thinc), which PyTorch may unpickle"
        loading = LoadingVerdict(LoadingSafety.UNKNOWN, (reason,))
    return Detection(
        format="thinc",
        title=TITLE if is_weight else "spaCy component (thinc) without numbers",
        is_weight=is_weight,
        confidence=Confidence.PROBABLE if remark else Confidence.CERTAIN,
        loading=loading,
        parameters=contents.parameters if contents.tensors and not remark else None,
        tensors=contents.tensors if contents.tensors and not remark else None,
        metadata=metadata,
        remarks=(remark,) if remark else (),
    )
