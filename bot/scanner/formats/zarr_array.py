"""Zarr: arrays in pieces, one folder each, described by `.zarray` or `zarr.json`. Most are measurements.

Sources: "Zarr Storage Specification Version 2" and "Zarr core specification (version 3)"; for the folders' names of
models, t5x/checkpoints.py of T5X and orbax/checkpoint/utils.py of Orbax.
"""

from __future__ import annotations

import itertools
import json
import math
import posixpath
import re
from typing import Any

from bot.scanner.formats._layers import NamedArray, rated
from bot.scanner.formats._zarr import array_of
from bot.scanner.readers import BoundedReader
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Zarr"
SUFFIXES = ()
_SPACE = rb"[ \t\r\n]{0,100}"
_MANY = rb"metadata\"" + _SPACE + rb":" + _SPACE + rb"\{" + _SPACE + rb"\"[^\"]{0,200}\.z(?:array|group|attrs)\""
_ONE = rb"(?:chunks|zarr_format|zarr_consolidated_format|chunk_grid|chunk_key_encoding)\"|shape\"" + _SPACE + rb":"
MARK = _SPACE + rb"\{" + _SPACE + rb"\"(?:" + _ONE + rb"|" + _MANY + rb")"
NAMES = r"^(?:\.zarray|\.zmetadata|zarr\.json)$"

READ_LIMIT = 8 * 1024 * 1024
_COMPANION_LIMIT = 1_000
_MODEL_FOLDER = re.compile(r"(params|target|state\.params|model(_params|_state)?|variables|train_state\.params)[./].*")
"""How T5X, Orbax and MaxText name the folder of an array of a model."""
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds names and numbers only",))


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """The description of one array, or of many together; None for other JSON."""
    if blob.size > READ_LIMIT:
        return None
    try:
        document = json.loads(blob.read(0, blob.size))
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    together = document.get("metadata") if "zarr_consolidated_format" in document else None
    if isinstance(document.get("consolidated_metadata"), dict):
        together = document["consolidated_metadata"].get("metadata")
    if isinstance(together, dict):
        return _of_many(together)
    array = array_of("", document)
    if array is None or document.get("zarr_format") not in {2, 3}:
        return None
    return _of_one(path, array, document)


def _of_many(together: dict[str, Any]) -> Detection | None:
    named = ((posixpath.dirname(name) if name.endswith(".zarray") else name, entry) for name, entry in together.items())
    arrays = [array for name, entry in named if (array := array_of(name, entry)) is not None]
    if not arrays:
        return None
    sureness = rated(arrays)
    return _described(arrays, sureness, tuple(f"{shown(array.name)}/" for array in arrays[:_COMPANION_LIMIT]))


def _of_one(path: str, array: NamedArray, document: dict[str, Any]) -> Detection:
    folder = posixpath.basename(posixpath.dirname(path))
    is_model = array.is_float and _MODEL_FOLDER.fullmatch(folder) is not None
    return _described([array], Confidence.PROBABLE if is_model else None, _pieces(array.shape, document))


def _pieces(shape: tuple[int, ...], document: dict[str, Any]) -> tuple[str, ...]:
    """The files of an array's pieces: numbered along each side in version 2, in a folder in version 3."""
    if document.get("zarr_format") == 3:
        return ("c/",)
    chunks, mark = document.get("chunks"), document.get("dimension_separator", ".")
    if not isinstance(chunks, list) or len(chunks) != len(shape) or mark not in {".", "/"}:
        return ()
    if not all(isinstance(chunk, int) and chunk > 0 for chunk in chunks):
        return ()
    counts = [-(-side // chunk) for side, chunk in zip(shape, chunks, strict=True)]
    if math.prod(counts) > _COMPANION_LIMIT:
        return ()
    places = itertools.product(*(range(count) for count in counts))
    return tuple(mark.join(map(str, place)) or "0" for place in places)


def _described(arrays: list[NamedArray], sureness: Confidence | None, companions: tuple[str, ...]) -> Detection:
    is_weight = sureness is not None
    return Detection(
        format="zarr-array",
        title="Zarr arrays of a model" if is_weight else "Zarr (no model)",
        is_weight=is_weight,
        confidence=sureness or Confidence.CERTAIN,
        loading=_SAFE,
        parameters=sum(math.prod(array.shape) for array in arrays),
        tensors=len(arrays),
        companions=companions,
        remarks=("Its numbers are in the files beside it.",) if is_weight else (),
    )
