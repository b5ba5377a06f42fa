"""safetensors: eight bytes of length, a JSON header that names every tensor, then their bytes.

Source: the format's description in the README of the safetensors project.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any, TypeAlias, TypeGuard

from bot.scanner.formats._licences import statements
from bot.scanner.formats._long_header import entries
from bot.scanner.formats._shards import shards_beside
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError
from bot.scanner.wording import decoded, shown, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "safetensors"
SUFFIXES = (".safetensors",)
MARK = rb".{8}\{"

HEADER_LIMIT = 100_000_000
"""Bytes of the longest header that the format's own library takes (safetensors, MAX_HEADER_SIZE)."""
PARSE_LIMIT = 4 * 1024 * 1024
"""Bytes of the longest header that is parsed at once, with some forty thousand tensors; longer ones entry by entry."""
SCAN_LIMIT = 6 * 1024 * 1024
"""Bytes of a header that are looked at; the largest models have their tensors in many files of fewer each."""
_LENGTH = 8
_LICENSE_FIELDS = ("modelspec.license", "license", "license_name", "license_link", "general.license")
_BASE_FIELDS = ("modelspec.merged_from", "base_model", "ss_base_model_version", "ss_sd_model_name")
_SHOWN = {
    "modelspec.architecture": "architecture",
    "modelspec.title": "name",
    "modelspec.author": "author",
    "format": "producer",
}
_PADDING_LIMIT = 4096
"""Spaces that align what follows the header; writers add fewer than eight, some of older times up to a page."""
_TOO_LONG = "Its header of {:,} bytes is longer than what is read here; its tensors were not counted."
_Tensor: TypeAlias = tuple[str, int, int, int]
"""Data type, number of elements, end and length in bytes."""
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers only",))


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A file of this format, also a truncated one; None for everything else."""
    start = blob.head[: _LENGTH + 2]
    if len(start) < _LENGTH + 2 or start[_LENGTH:9] != b"{":
        return None
    length = int.from_bytes(start[:_LENGTH], "little")
    if not 2 <= length <= HEADER_LIMIT:
        return None
    if length > PARSE_LIMIT:
        return _with_long_header(path, blob, length) if _begins(blob) else None
    raw = blob.read(_LENGTH, length)
    if len(raw) < length:
        return _damaged("It ends within its header.") if _begins(blob) else None
    twice: list[str] = []
    try:
        header = json.loads(raw, object_pairs_hook=lambda pairs: _noting_twice(pairs, twice))
    except (ValueError, RecursionError):
        return _damaged("Its header is damaged.") if _begins(blob) else None
    if not isinstance(header, dict):
        return None
    padding = len(raw) - len(raw.rstrip(b" "))
    metadata = header.pop("__metadata__", None)
    tensors = [_tensor(value) for value in header.values()]
    known = [tensor for tensor in tensors if tensor is not None]
    if len(known) != len(tensors) or (not tensors and not isinstance(metadata, dict)):
        return None
    words = metadata if isinstance(metadata, dict) else {}
    return _described(path, words, known, blob.size - _LENGTH - length, _oddities(twice, padding))


def _with_long_header(path: str, blob: BoundedReader, length: int) -> Detection | None:
    words: dict[str, Any] = {}
    known: list[_Tensor] = []
    seen: set[int] = set()
    twice: list[str] = []
    if length > blob.size - _LENGTH:
        return _damaged("It ends within its header.")
    try:
        for name, value in entries(blob, _LENGTH, length, SCAN_LIMIT):
            tensor = _tensor(value)
            if name == b"__metadata__" and isinstance(value, dict):
                words = value
            elif tensor is None:
                return None
            else:
                known.append(tensor)
            if hash(name) in seen and not twice:
                twice.append(decoded(name, 60))
            seen.add(hash(name))
    except BudgetExceededError:
        return _damaged(_TOO_LONG.format(length))
    except DamagedError:
        return _damaged("Its header is damaged.")
    if length > SCAN_LIMIT:
        return _damaged(_TOO_LONG.format(length)) if known else None
    return _described(path, words, known, blob.size - _LENGTH - length, _oddities(twice, 0))


def _noting_twice(pairs: list[tuple[str, Any]], twice: list[str]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice += [shown(key, 60) for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
    return found


def _oddities(twice: list[str], padding: int) -> list[str]:
    """What the header itself does that readers may take in two ways, or that hides something."""
    odd = [f"its header names {twice[0]} twice, and readers differ in which they take"] if twice else []
    if padding > _PADDING_LIMIT:
        odd.append(f"its header ends with {padding:,} spaces")
    return odd


def _begins(blob: BoundedReader) -> bool:
    """True where a header that could not be read whole begins as one."""
    start = blob.head[_LENGTH : _LENGTH + 4096]
    return b'"dtype"' in start or b'"__metadata__"' in start


def _described(path: str, words: dict[str, Any], known: list[_Tensor], room: int, odd: list[str]) -> Detection:
    end = max((tensor[2] for tensor in known), default=0)
    truncated = end > room
    # The smallest types have four bits, so that a byte holds two numbers at most.
    inconsistent = sum(elements > 2 * length for _, elements, _, length in known)
    return Detection(
        format="safetensors",
        title=TITLE,
        is_weight=bool(known),
        confidence=Confidence.PROBABLE if truncated else Confidence.CERTAIN,
        loading=_loading([*odd, *_misplaced(known, room)]),
        parameters=None if inconsistent else sum(tensor[1] for tensor in known),
        tensors=len(known),
        metadata=_metadata(words, known),
        licenses=statements((name, words.get(name)) for name in _LICENSE_FIELDS),
        base_models=tuple(shown(words[name]) for name in _BASE_FIELDS if words.get(name)),
        companions=shards_beside(path),
        remarks=_remarks(truncated, end, room, inconsistent),
    )


def _misplaced(tensors: list[_Tensor], room: int) -> list[str]:
    """Bytes that belong to two tensors, to none, or to one that cannot hold them: the format's library refuses them."""
    reasons, end = [], 0
    for _, _, stop, length in sorted(tensors, key=lambda tensor: (tensor[2] - tensor[3], tensor[2])):
        if stop - length < end:
            reasons.append("two of its tensors share bytes")
            break
        if stop - length > end:
            reasons.append(f"{stop - length - end:,} bytes between its tensors belong to none")
            break
        end = stop
    last = max((tensor[2] for tensor in tensors), default=0)
    if room > last:
        reasons.append(f"{room - last:,} bytes at its end belong to no tensor")
    return reasons


def _loading(odd: list[str]) -> LoadingVerdict:
    return LoadingVerdict(LoadingSafety.UNKNOWN, tuple(odd)) if odd else _SAFE


def _remarks(truncated: bool, end: int, room: int, inconsistent: int) -> tuple[str, ...]:
    remarks = []
    if truncated:
        remarks.append(f"It is cut off: its tensors need {end:,} bytes and {max(room, 0):,} are there.")
    elif room > end:
        remarks.append(f"{room - end:,} bytes at its end belong to no tensor.")
    if inconsistent:
        remarks.append(f"{inconsistent:,} of its tensors promise more numbers than their bytes hold.")
    return tuple(remarks)


def _tensor(value: object) -> _Tensor | None:
    """Data type, number of elements, end and length in bytes of a tensor; None where the entry is none."""
    if not isinstance(value, dict):
        return None
    kind, shape, offsets = value.get("dtype"), value.get("shape"), value.get("data_offsets")
    if not isinstance(kind, str) or not _are_counts(shape) or not _are_counts(offsets):
        return None
    if len(offsets) != 2 or offsets[0] > offsets[1]:
        return None
    return shown(kind, 12), math.prod(shape), offsets[1], offsets[1] - offsets[0]


def _are_counts(value: object) -> TypeGuard[list[int]]:
    return (
        isinstance(value, list)
        and len(value) <= 64
        and all(isinstance(item, int) and 0 <= item < 2**63 for item in value)
    )


def _metadata(words: dict[str, Any], tensors: list[_Tensor]) -> dict[str, str]:
    chosen = {name: shown(words[field]) for field, name in _SHOWN.items() if words.get(field)}
    if tensors:
        chosen["dtypes"] = tally(Counter(tensor[0] for tensor in tensors))
    return chosen


def _damaged(remark: str) -> Detection:
    return Detection("safetensors", TITLE, True, Confidence.PROBABLE, _SAFE, remarks=(remark,))
