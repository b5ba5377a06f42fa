"""OCDBT, the store of TensorStore in which Orbax keeps JAX's checkpoints: `manifest.ocdbt` and files of data in `d/`.

Source: "ocdbt Key-Value Store driver" in the documentation of TensorStore. Manifests and nodes begin with a magic
number and their own length; the last node of a file names the arrays, their shapes in the manner of Zarr.
"""

from __future__ import annotations

import json
import math
import posixpath
import re
from collections.abc import Sequence

from bot.scanner.formats._layers import NamedArray, rated
from bot.scanner.formats._ocdbt_node import HEADER, entries
from bot.scanner.formats._zarr import array_of
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.pages import DamagedError
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "OCDBT store (JAX checkpoint)"
SUFFIXES = (".ocdbt",)
MARK = rb"\x0c\xdb(?:\x3a\x2a|\x20\xde)|\x28\xb5\x2f\xfd"
NAMES = r"^[0-9a-f]{32}$"

LEAST = 18
"""Bytes of the shortest header and checksum."""
_MANIFEST, _NODE = b"\x0c\xdb\x3a\x2a", b"\x0c\xdb\x20\xde"
_TAIL = 64 * 1024
"""Bytes at the end of a file that are searched for its last node."""
_NODE_LIMIT = 4 * 1024 * 1024
"""Bytes of a node that is unpacked."""
_STATE = re.compile(r"(opt_state|optimizer(_state)?|step|rng|count)\b")
_DATA_NAME = re.compile(r"[0-9a-f]{32}")
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds names and numbers only",))
_FOLDER = ("d/", "_METADATA", "_CHECKPOINT_METADATA", "_sharding", "array_metadatas/", "commit_success.txt",
           *(f"ocdbt.process_{number}/" for number in range(16)))  # fmt: skip
"""What lies beside a manifest and belongs to it."""


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A manifest, or a file of data by the nodes in it; by its name alone where it holds no node."""
    head = blob.head
    if _is_header(head[:HEADER], _MANIFEST):
        length = int.from_bytes(head[4:12], "little")
        if length > blob.size:
            return _described("It is cut off.", _FOLDER)
        return _described("Its numbers are in the folders beside it.", _FOLDER) if length == blob.size else None
    node = _last_node(blob)
    if node is not None:
        return _of_node(blob, node)
    if _is_header(head[:HEADER], _NODE):
        return _described("It is cut off.")
    folder, name = posixpath.split(path)
    if posixpath.basename(folder) == "d" and _DATA_NAME.fullmatch(name) and b"\0" in head:
        return Detection(
            format="ocdbt",
            title=TITLE,
            is_weight=True,
            confidence=Confidence.POSSIBLE,
            loading=_SAFE,
            remarks=("Only its name speaks for weights: a file of data has no structure of its own.",),
        )
    return None


def _is_header(raw: bytes, magic: bytes) -> bool:
    """True for a magic number, a length, version 0, and a body that is plain or compressed."""
    return len(raw) == HEADER and raw[:4] == magic and raw[12] == 0 and raw[13] in {0, 1} and raw[8:12] == bytes(4)


def _last_node(blob: BoundedReader) -> int | None:
    """Where the node begins that ends where the file does: values come first, the nodes that name them after."""
    length = int.from_bytes(blob.head[4:12], "little")
    if _is_header(blob.head[:HEADER], _NODE) and length == blob.size:
        return 0
    begin = max(0, blob.size - _TAIL)
    tail = blob.read(begin, blob.size - begin)
    place = tail.find(_NODE)
    while place >= 0:
        length = int.from_bytes(tail[place + 4 : place + 12], "little")
        if _is_header(tail[place : place + HEADER], _NODE) and begin + place + length == blob.size:
            return begin + place
        place = tail.find(_NODE, place + 1)
    return None


def _of_node(blob: BoundedReader, begin: int) -> Detection:
    """What the node names; where it cannot be read, its mark and length speak for themselves."""
    arrays: list[NamedArray] = []
    if blob.size - begin > _NODE_LIMIT:
        return _described("Its names take more bytes than are read here.")
    try:
        for key, value in entries(blob.read(begin, blob.size - begin)):
            name, _, last = key.decode("utf-8", "replace").rpartition("/")
            if value is not None and last in {".zarray", "zarr.json"}:
                array = array_of(name, json.loads(value))
                arrays += [array] if array is not None else []
    except (DamagedError, ValueError, RecursionError):
        return _described("Not all of its names could be read.")
    model = [array for array in arrays if not _STATE.match(array.name)]
    return _described(None, (), model)


def _described(remark: str | None, companions: tuple[str, ...] = (), arrays: Sequence[NamedArray] = ()) -> Detection:
    # TensorStore keeps other tables of numbers so too, though seldom.
    is_sure = rated(arrays) is Confidence.PROBABLE
    return Detection(
        format="ocdbt",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if is_sure else Confidence.PROBABLE,
        loading=_SAFE,
        parameters=sum(math.prod(array.shape) for array in arrays) if arrays else None,
        tensors=len(arrays) or None,
        companions=companions,
        remarks=(remark,) if remark else (),
    )
