"""Flax: a tree of names in MessagePack, whose leaves are arrays in an extension of its own.

Source: flax/serialization.py of Flax: extension 1 holds a list of shape, name of the type, and bytes; an array above
1 GiB is a map with `__msgpack_chunked_array__`, `shape` and `chunks`. Orbax and T5X write a file `checkpoint` with the
same tree whose leaves are the names of folders: `PLACEHOLDER://NAME` (orbax/checkpoint/utils.py), or a description with
`driver` and `kvstore` (t5x/checkpoints.py).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.formats._layers import NamedArray, rated
from bot.scanner.formats._paths import leads_outside
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.msgpack import BINARY, EXTENSION, LIST, MAP, NUMBER, TEXT, Value, value_at
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.pieces import Pieces
from bot.scanner.wording import tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Flax (MessagePack)"
SUFFIXES = ()
MARK = rb"(?:[\x81-\x8f]|\xde..|\xdf....)(?:[\xa1-\xbf]|\xd9.|\xda..)[!-~]"

READ_LIMIT = 4 * 1024 * 1024
"""Bytes beyond the head that are read; the numbers are not."""
VALUE_LIMIT = 200_000
_PATIENCE = 5_000
"""Values after which a file without an array is taken for other data."""
_DEPTH_LIMIT = 64
_RANK_LIMIT = 32
_NAME_LIMIT = 512
_ARRAY, _SCALAR = 1, 3
"""Extensions of Flax; 2 is a complex number."""
_TYPE = re.compile(r"(b?float|u?int|complex|bool)(\d{1,3})?(_?e\d+m\d+\w{0,8})?")
_STATE = ("opt_state", "optimizer", "optimizer_state")
"""Branches that hold the state of a training."""
_DATA = re.compile(
    r"(next_)?(obs(ervations?)?|rewards?|actions?|dones?|terminals?|returns?|inputs?|outputs?|images?|labels?|targets?"
    r"|samples?|masks?|features?|frames?|states?|data|batch|times?|positions?|[xy])(_[a-z0-9]{1,10})?",
    re.IGNORECASE,
)
"""Names of what a network is fed with or gives, not of what it has learned."""
_PLACEHOLDER = b"PLACEHOLDER://"
_KVSTORE = "/kvstore/path"
_FOLDER_LIMIT = 5_000
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds names and numbers only",))


@dataclass
class _Contents:
    arrays: list[NamedArray] = field(default_factory=list)
    types: Counter[str] = field(default_factory=Counter)
    found: int = 0
    """Arrays of any kind, those of the state of a training too."""
    parameters: int = 0
    chunked: set[str] = field(default_factory=set)
    folders: list[str] = field(default_factory=list)
    """Folders beside the file that hold an array each."""
    remark: str | None = None


@dataclass
class _Branch:
    """A map or list that is being read."""

    path: str
    left: int
    """Values that are still to come; a map's names are none."""
    is_map: bool


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A tree with arrays; None for other data."""
    contents = _Contents()
    try:
        _read(Pieces(blob, READ_LIMIT), contents)
    except DamagedError:
        contents.remark = "It is cut off or damaged."
    except BudgetExceededError:
        contents.remark = "It is larger than what is read here; its arrays were not all counted."
    if contents.found:
        return _described(contents)
    return _index(contents) if contents.folders else None


def _read(pieces: Pieces, contents: _Contents) -> None:
    first = value_at(pieces, 0)
    if first.kind != MAP:
        raise DamagedError
    branches, position = [_Branch("", first.count, is_map=True)], first.end
    for number in range(VALUE_LIMIT):
        while branches and branches[-1].left == 0:
            branches.pop()
        if not branches or (number > _PATIENCE and not contents.found and not contents.folders):
            return
        branch = branches[-1]
        branch.left -= 1
        name, position = _name(pieces, position, branch)
        value = value_at(pieces, position)
        path = f"{branch.path}/{name}".lstrip("/")[-_NAME_LIMIT:]
        if name == "__msgpack_chunked_array__":
            contents.chunked.add(branch.path)
        position = value.end
        if position > pieces.size:
            _take(pieces, path, value, contents)
            raise DamagedError
        if value.kind in {MAP, LIST}:
            if len(branches) >= _DEPTH_LIMIT:
                raise DamagedError
            branches.append(_Branch(path, value.count, value.kind == MAP))
        else:
            _take(pieces, path, value, contents)
    raise BudgetExceededError("it has more values than are read here")


def _name(pieces: Pieces, position: int, branch: _Branch) -> tuple[str, int]:
    """The name of the next value of a branch, and where the value begins; the items of a list have numbers."""
    if not branch.is_map:
        return str(branch.left), position
    key = value_at(pieces, position)
    if key.kind != TEXT or key.count > _NAME_LIMIT:
        raise DamagedError
    return pieces.read(key.begin, key.count).decode("utf-8", "replace"), key.end


def _take(pieces: Pieces, path: str, value: Value, contents: _Contents) -> None:
    """Count an array of Flax, or note the folder of one; what other extensions hold is passed over."""
    if value.kind == TEXT and value.count <= _NAME_LIMIT:
        _take_folder(path, pieces.read(value.begin, value.count), contents)
    if value.kind != EXTENSION or value.extension not in {_ARRAY, _SCALAR}:
        return
    header = _array(pieces, value)
    if header is None:
        return
    shape, kind = header
    contents.found += 1
    if path.partition("/")[0] in _STATE or value.extension == _SCALAR:
        return
    contents.parameters += math.prod(shape)
    stem, _, chunk = path.rpartition("/chunks/")
    if stem in contents.chunked and chunk != "0":
        return  # a further piece of an array that was counted
    contents.types[kind] += 1
    contents.arrays.append(NamedArray(path, shape, "float" in kind))


def _take_folder(path: str, text: bytes, contents: _Contents) -> None:
    name = b""
    if text.startswith(_PLACEHOLDER):
        name = text[len(_PLACEHOLDER) :]
    elif path.endswith(_KVSTORE):
        name = text.rstrip(b"/").rpartition(b"/")[2]
    folder = name.decode("utf-8", "replace")
    if folder and not leads_outside(folder) and len(contents.folders) < _FOLDER_LIMIT:
        contents.folders.append(f"{folder}/")


def _array(pieces: Pieces, value: Value) -> tuple[tuple[int, ...], str] | None:
    """Shape and type of an array, None where the extension holds something else."""
    try:
        triple = value_at(pieces, value.begin)
        sides = value_at(pieces, triple.end)
        if (triple.kind, triple.count, sides.kind) != (LIST, 3, LIST) or sides.count > _RANK_LIMIT:
            return None
        shape, position = [], sides.end
        for _ in range(sides.count):
            side = value_at(pieces, position)
            if side.kind != NUMBER:
                return None
            shape.append(side.count)
            position = side.end
        word = value_at(pieces, position)
        match = _TYPE.fullmatch(pieces.read(word.begin, min(word.count, 20)).decode("latin-1"))
        numbers = value_at(pieces, word.end)
    except DamagedError:
        return None
    if match is None or word.kind != TEXT or numbers.kind != BINARY or numbers.end != value.end:
        return None
    bits = int(match[2] or 8)
    return (tuple(shape), match[0]) if math.prod(shape) * bits <= 8 * numbers.count else None


def _described(contents: _Contents) -> Detection:
    sureness = rated(contents.arrays)
    floats = sum(array.is_float and len(array.shape) > 1 for array in contents.arrays)
    whole = contents.remark is None
    # Other trees of arrays are seldom written so, and a network's names may be anything.
    is_weight = sureness is not None or floats > 0
    confidence = Confidence.CERTAIN if whole and sureness is not Confidence.POSSIBLE else Confidence.PROBABLE
    if is_weight and sureness is None:
        are_data = all(_DATA.fullmatch(array.name.rpartition("/")[2]) for array in contents.arrays)
        confidence = Confidence.POSSIBLE if are_data else Confidence.PROBABLE
    return Detection(
        format="flax-msgpack",
        title=TITLE if is_weight else "Arrays of Flax (no model)",
        is_weight=is_weight,
        confidence=confidence,
        loading=_SAFE,
        parameters=contents.parameters if whole else None,
        tensors=len(contents.arrays) if whole else None,
        metadata={"dtypes": tally(contents.types)} if contents.types else {},
        remarks=(contents.remark,) if contents.remark else (),
    )


def _index(contents: _Contents) -> Detection:
    """A tree of names: its arrays are in folders beside it."""
    remarks = [contents.remark] if contents.remark else []
    return Detection(
        format="flax-msgpack",
        title="Flax checkpoint (names of arrays)",
        is_weight=True,
        confidence=Confidence.PROBABLE,
        loading=_SAFE,
        companions=tuple(dict.fromkeys(contents.folders)),
        remarks=(*remarks, "Its numbers are in the folders beside it."),
    )
