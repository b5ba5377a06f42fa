"""Orbax, the checkpoints of JAX: `_METADATA` names the arrays of a folder, which are in an OCDBT store or in Zarr.

Source: orbax/checkpoint/_src/metadata/tree.py, array_metadata.py and checkpoint.py of Orbax.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

from bot.scanner.formats._paths import leads_outside
from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Orbax checkpoint"
SUFFIXES = ()
_SPACE = rb"[ \t\r\n]{0,100}"
MARK = _SPACE + rb"\{" + _SPACE + rb"\"(?:tree_metadata|array_metadatas|item_handlers)\"" + _SPACE + rb":"

READ_LIMIT = 16 * 1024 * 1024
ARRAY_LIMIT = 100_000
COMPANION_LIMIT = 5_000
_ARRAY_TYPES = frozenset({"jax.Array", "np.ndarray"})
_STATE = re.compile(r"opt_state|optimizer(_state)?|step|rng|count")
"""First names of what is kept of a training and is no part of the model."""
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds names and numbers only",))
_BESIDE = ("manifest.ocdbt", "d/", "_CHECKPOINT_METADATA", "_sharding", "array_metadatas/", "commit_success.txt",
           *(f"ocdbt.process_{number}/" for number in range(64)))  # fmt: skip


@dataclass
class _Contents:
    arrays: int = 0
    parameters: int | None = 0
    folders: list[str] = field(default_factory=list)
    """Of arrays that are kept each in a folder of its own."""


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """The names of a checkpoint's arrays, or the record that it was written; None for other JSON."""
    try:
        document = json.loads(blob.read(0, min(blob.size, READ_LIMIT)))
    except (ValueError, RecursionError):
        names = b"key_metadata" in blob.head or b"write_shape" in blob.head
        remark = "It is cut off, damaged, or larger than what is read here."
        return _described(_Contents(parameters=None), (), remark) if names else None
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("tree_metadata"), dict):
        return _of_tree(document)
    if isinstance(document.get("array_metadatas"), list):
        return _of_arrays(document["array_metadatas"])
    if "item_handlers" in document and "init_timestamp_nsecs" in document:
        return Detection(
            format="orbax",
            title="Orbax checkpoint (record of writing)",
            is_weight=False,
            confidence=Confidence.CERTAIN,
            loading=_SAFE,
        )
    return None


def _of_tree(document: dict[str, Any]) -> Detection | None:
    """`_METADATA`: each leaf with its path and, since 2025, its shape."""
    contents = _Contents()
    for leaf in list(document["tree_metadata"].values())[:ARRAY_LIMIT]:
        if not isinstance(leaf, dict):
            return None
        keys, value = leaf.get("key_metadata"), leaf.get("value_metadata")
        if not isinstance(keys, list) or not isinstance(value, dict):
            return None
        path = [str(key.get("key")) for key in keys if isinstance(key, dict)]
        if value.get("value_type") in _ARRAY_TYPES:
            _add(path, value.get("write_shape"), contents)
    in_store = document.get("use_ocdbt") is not False
    return _described(contents, _BESIDE if in_store else tuple(contents.folders), None)


def _of_arrays(entries: list[Any]) -> Detection | None:
    """A file of `array_metadatas/`: the shapes that one process wrote."""
    contents = _Contents()
    for entry in entries[:ARRAY_LIMIT]:
        array = entry.get("array_metadata") if isinstance(entry, dict) else None
        if not isinstance(array, dict) or not isinstance(array.get("param_name"), str):
            return None
        _add(array["param_name"].split("."), array.get("write_shape"), contents)
    return _described(contents, (), None)


def _add(path: list[str], shape: object, contents: _Contents) -> None:
    folder = f"{'.'.join(path)}/"
    if not leads_outside(folder) and len(contents.folders) < COMPANION_LIMIT:
        contents.folders.append(folder)
    if not path or _STATE.fullmatch(path[0]):
        return
    contents.arrays += 1
    if isinstance(shape, list) and all(isinstance(side, int) and 0 <= side < 2**53 for side in shape[:32]):
        contents.parameters = None if contents.parameters is None else contents.parameters + math.prod(shape[:32])
    else:
        contents.parameters = None


def _described(contents: _Contents, companions: tuple[str, ...], remark: str | None) -> Detection:
    is_weight = contents.arrays > 0 or remark is not None
    return Detection(
        format="orbax",
        title="Orbax checkpoint (names of arrays)" if is_weight else "Orbax checkpoint (without arrays)",
        is_weight=is_weight,
        confidence=Confidence.CERTAIN if remark is None else Confidence.PROBABLE,
        loading=_SAFE,
        parameters=contents.parameters if is_weight else None,
        tensors=contents.arrays if remark is None else None,
        companions=companions,
        remarks=(remark or "Its numbers are in the folders beside it.",) if is_weight else (),
    )
