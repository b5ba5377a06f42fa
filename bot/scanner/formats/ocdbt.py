"""OCDBT, the store of TensorStore in which Orbax keeps JAX's checkpoints: `manifest.ocdbt` and files of data in `d/`.

Source: "ocdbt Key-Value Store driver" in the documentation of TensorStore. Manifests and nodes begin with a magic
number and their own length. Their bodies are compressed with Zstandard, which is not read here; nor are the numbers.
"""

from __future__ import annotations

import posixpath
import re

from bot.scanner.readers import BoundedReader
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
_DATA_NAME = re.compile(r"[0-9a-f]{32}")
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds names and numbers only",))
_FOLDER = ("d/", "_METADATA", "_CHECKPOINT_METADATA", "_sharding", "array_metadatas/", "commit_success.txt",
           *(f"ocdbt.process_{number}/" for number in range(16)))  # fmt: skip
"""What lies beside a manifest and belongs to it."""


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A manifest, or a file of data by the nodes in it; by its name alone where it holds no node."""
    head = blob.head
    if _is_header(head[:14], _MANIFEST):
        length = int.from_bytes(head[4:12], "little")
        if length > blob.size:
            return _described("It is cut off.", _FOLDER)
        return _described("Its numbers are in the folders beside it.", _FOLDER) if length == blob.size else None
    if _is_header(head[:14], _NODE) or _ends_as_node(blob):
        return _described("What it holds is compressed in a manner that is not read here.")
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
    return len(raw) == 14 and raw[:4] == magic and raw[12] == 0 and raw[13] in {0, 1} and raw[8:12] == bytes(4)


def _ends_as_node(blob: BoundedReader) -> bool:
    """True where a node ends where the file does: values come first, the nodes that name them after."""
    begin = max(0, blob.size - _TAIL)
    tail = blob.read(begin, blob.size - begin)
    place = tail.find(_NODE)
    while place >= 0:
        length = int.from_bytes(tail[place + 4 : place + 12], "little")
        if _is_header(tail[place : place + 14], _NODE) and begin + place + length == blob.size:
            return True
        place = tail.find(_NODE, place + 1)
    return False


def _described(remark: str, companions: tuple[str, ...] = ()) -> Detection:
    # TensorStore keeps other tables of numbers so too, though seldom.
    return Detection(
        format="ocdbt",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE,
        loading=_SAFE,
        companions=companions,
        remarks=(remark,),
    )
