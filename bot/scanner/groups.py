"""The files of one model are one artifact: shards and their index, a graph and its numbers, a folder.

Which files belong together is said by the files themselves (`Detection.companions`) and, for shards, by their names.
A file with a licence or a base model of its own is never taken for a part of another's model.
"""

from __future__ import annotations

import dataclasses
import itertools
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from bot.scanner.detect import detect
from bot.scanner.examine import Found
from bot.scanner.readers import UnreadableError
from bot.scanner.tree import EntryKind, Tree
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

_SHARD = re.compile(r"(?P<stem>.+?)-(?P<number>\d{5})-of-(?P<total>\d{5})(?P<ending>\.[a-z0-9.]+)?$", re.IGNORECASE)
_PIECE = re.compile(r"(?P<stem>.+)[._-](?:part[._-]?)?(?:\d{1,4}|[a-z]{2,3}|z\d\d)", re.IGNORECASE)
"""Names that `split` and the like give: `x.001`, `x.part2`, `x.ab`, `x.z01`."""
_LACKING = re.compile(r"need ([\d,]+) bytes and ([\d,]+) are there")
"""Bytes that a file needs and has, as safetensors says it."""
_OF_PROCESS = "ocdbt.process_"
"""Folders in which each process of Orbax writes its own."""
_TOLD = (".pb", ".json", ".txt", ".md", ".yml", ".yaml")
"""Endings of files that describe and hold no numbers, though a folder that a description names holds them too."""
_DESCRIBES = re.compile(
    r"(\.index\.json|model.*\.json|manifest.*\.json|-symbol\.json|\.xml|\.param|\.pdmodel|\.index|\.onnx|\.ort"
    r"|saved_model\.pb|__model__|coremldata\.bin|\.mlmodel|\.espresso\.net)$"
)
"""Names of files that describe a model whose numbers lie beside them."""
_LOOKED_AT = 8
"""Files of a folder that are asked whether they describe an unexplained one."""
_COMPANIONS = 20_000
"""Companions of one file that are followed."""
_ORDER = (LoadingSafety.SAFE, LoadingSafety.EXECUTES_CODE, LoadingSafety.UNKNOWN, LoadingSafety.DANGEROUS)


def grouped(found: Sequence[Found]) -> list[list[Found]]:
    """The files in groups of one model each, the file that speaks for the group first, the others by path."""
    leader = list(range(len(found)))

    def top(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    owned: dict[int, int] = defaultdict(int)
    for owner, part in _pairs(found):
        if owner != part and _may_join(found[owner], found[part]):
            owned[owner] += 1
            leader[top(part)] = top(owner)
    groups: dict[int, list[int]] = defaultdict(list)
    for number in range(len(found)):
        groups[top(number)].append(number)
    return [_ordered(found, numbers, owned) for numbers in groups.values()]


def merged(group: Sequence[Found]) -> Detection | None:
    """What the files of a group are together, None where they are no weights."""
    first, others = group[0].detection, [one.detection for one in group[1:] if one.detection is not None]
    if first is None:
        return None
    if len(group) == 1:
        return first
    weights = [other for other in others if other.is_weight and other.confidence > Confidence.POSSIBLE]
    counted = [*([first] if first.is_weight else []), *weights]
    if _only_names(group):
        counted = _numbers_beside(group)
    # What describes the others has counted them already; shards are of one format, and each counts its own.
    describes = first.parameters is not None and not all(other.format == first.format for other in weights)
    describes = describes or not weights
    return dataclasses.replace(
        first,
        is_weight=True,
        loading=_worst([first, *others]),
        parameters=first.parameters if describes else _sum([one.parameters for one in counted]),
        tensors=first.tensors if describes else _sum([one.tensors for one in counted]),
        licenses=tuple(dict.fromkeys(statement for one in [first, *others] for statement in one.licenses)),
        base_models=tuple(dict.fromkeys(name for one in [first, *others] for name in one.base_models)),
        remarks=_remarks(group),
    )


def _only_names(group: Sequence[Found]) -> bool:
    """True where the first file counts nothing, and what it names is of another kind: a graph, a list of arrays."""
    first = group[0].detection
    if first is None or first.parameters is not None or not first.companions:
        return False
    ending = posixpath.splitext(group[0].path)[1]
    parts = [(one.detection, one.path) for one in group[1:] if one.is_sure and one.detection is not None]
    return all(part.format != first.format or posixpath.splitext(path)[1] != ending for part, path in parts)


def _numbers_beside(group: Sequence[Found]) -> list[Detection]:
    """The files that count numbers; what single processes wrote of a checkpoint is in the common folder again."""
    counting = [one for one in group[1:] if one.is_sure and one.detection and one.detection.parameters is not None]
    common = [one for one in counting if _OF_PROCESS not in one.path]
    return [one.detection for one in common or counting if one.detection is not None] or [
        one.detection for one in group if one.detection is not None and one.detection.is_weight
    ]


def _remarks(group: Sequence[Found]) -> tuple[str, ...]:
    """The remarks of all files. That the first piece ends too soon is none where the others bring what it lacks."""
    remarks = dict.fromkeys(remark for one in group if one.detection is not None for remark in one.detection.remarks)
    if _are_pieces(group):
        rest = sum(one.size for one in group[1:])
        for remark in [remark for remark in remarks if remark.startswith("It is cut off")]:
            lacking = _LACKING.search(remark)
            if lacking is None or _number(lacking[1]) - _number(lacking[2]) <= rest:
                del remarks[remark]
        remarks[f"It is in {len(group):,} pieces, of which the first shows what it is."] = None
    return tuple(remarks)[:8]


def _are_pieces(group: Sequence[Found]) -> bool:
    stems = {match["stem"] if (match := _PIECE.fullmatch(one.path)) else one.path for one in group}
    return len(group) > 1 and len(stems) == 1 and not any(one.is_sure for one in group[1:])


def _number(text: str) -> int:
    return int(text.replace(",", ""))


Descriptions: TypeAlias = dict[str, Sequence[tuple[str, Detection]]]
"""The descriptions of models that lie in a folder, with their paths."""


def in_company(path: str, tree: Tree, known: Descriptions | None = None) -> tuple[str, Detection] | None:
    """The path of the model's description beside a file that names the file, and what the file is by it.

    For files whose own bytes say no more than "possible". None where nothing beside it names it. What was read of a
    folder is kept in `known`, for the many files of one. Raises UnreadableError where the folder cannot be listed.
    """
    if path.lower().endswith(_TOLD):
        return None
    for describing, described in _descriptions(path, tree, {} if known is None else known):
        if any(_names(companion, path) for companion in _companions(describing, described)):
            return describing, Detection(
                format=described.format,
                title=f"{described.title}, numbers",
                is_weight=True,
                confidence=described.confidence,
                loading=described.loading,
                parameters=described.parameters,
                tensors=described.tensors,
                metadata=described.metadata,
                licenses=described.licenses,
                base_models=described.base_models,
                remarks=(f"Described by {shown(posixpath.basename(describing), 80)} beside it.",),
            )
    return None


def _pairs(found: Sequence[Found]) -> Iterator[tuple[int, int]]:
    """Numbers of files that belong together, the describing one first."""
    by_path = {one.path: number for number, one in enumerate(found)}
    by_folder: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(found):
        folder = one.path
        while "/" in folder:
            folder = folder.rpartition("/")[0]
            by_folder[folder].append(number)
    shards: dict[tuple[str, str, str], int] = {}
    for number, one in enumerate(found):
        for place in _companions(one.path, one.detection):
            if place.endswith("/"):
                yield from ((number, inner) for inner in by_folder.get(place[:-1], ()))
            elif place in by_path:
                yield number, by_path[place]
        if one.is_sure and (match := _SHARD.fullmatch(one.path)):
            yield shards.setdefault((match["stem"], match["total"], match["ending"] or ""), number), number
    yield from _pieces(found)


def _pieces(found: Sequence[Found]) -> Iterator[tuple[int, int]]:
    """Pieces that a file was cut into, such as `model.bin.001`, `model.bin.002`: only the first shows what it is."""
    first: dict[str, int] = {}
    others: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(found):
        if match := _PIECE.fullmatch(one.path):
            if one.is_sure:
                first.setdefault(match["stem"], number)
            else:
                others[match["stem"]].append(number)
    for stem, number in first.items():
        yield from ((number, other) for other in others[stem])


def _companions(path: str, detection: Detection | None) -> Iterator[str]:
    """Places in the repository that a detection names beside its file; those outside are left out."""
    folder = posixpath.dirname(path)
    for companion in detection.companions[:_COMPANIONS] if detection is not None else ():
        place = posixpath.normpath(posixpath.join(folder, companion))
        if not place.startswith(("/", "../")) and place not in {".", "..", path}:
            yield f"{place}/" if companion.endswith("/") else place


def _names(place: str, path: str) -> bool:
    return path.startswith(place) if place.endswith("/") else path == place


def _may_join(owner: Found, part: Found) -> bool:
    """False for a file that says of itself what the owner does not: another's licence, another base."""
    if part.detection is None or owner.detection is None or not part.is_sure:
        return True
    return set(part.detection.licenses) <= set(owner.detection.licenses) and set(part.detection.base_models) <= set(
        owner.detection.base_models
    )


def _ordered(found: Sequence[Found], numbers: list[int], owned: dict[int, int]) -> list[Found]:
    first = min(numbers, key=lambda number: (not found[number].is_sure, -owned[number], found[number].path))
    others = sorted((found[number] for number in numbers if number != first), key=lambda one: one.path)
    return [found[first], *others]


def _worst(detections: Sequence[Detection]) -> LoadingVerdict:
    return max((one.loading for one in detections), key=lambda verdict: _ORDER.index(verdict.safety))


def _sum(numbers: Sequence[int | None]) -> int | None:
    return None if any(number is None for number in numbers) else sum(number or 0 for number in numbers)


def _descriptions(path: str, tree: Tree, known: Descriptions) -> Iterator[tuple[str, Detection]]:
    """The descriptions of models in a file's folder and in the one above."""
    folder = posixpath.dirname(path)
    for place in dict.fromkeys((folder, posixpath.dirname(folder))):
        if place not in known:
            known[place] = tuple(_descriptions_in(place, tree))
        yield from (each for each in known[place] if each[0] != path)


def _descriptions_in(folder: str, tree: Tree) -> Iterator[tuple[str, Detection]]:
    describing = (
        entry
        for entry in tree.entries(folder)
        if entry.kind is EntryKind.FILE and _DESCRIBES.search(entry.path.lower())
    )
    for entry in itertools.islice(describing, _LOOKED_AT):
        try:
            detection = detect(entry.path, tree.open(entry))
        except UnreadableError:
            continue
        if detection is not None and detection.companions:
            yield entry.path, detection
