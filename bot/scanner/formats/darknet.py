"""Darknet (`.weights`): a version, the number of images seen, and bare floats in the order of the network (`.cfg`).

Source: src/parser.c of Darknet (save_weights_upto, load_weights_upto): three numbers of four bytes, then the count in
four bytes, or in eight from version 0.2 on.
"""

from __future__ import annotations

import posixpath
import struct

from bot.scanner.formats._marks import begins_with
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.floats import file_has_modest_floats
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Darknet weights"
SUFFIXES = ()
MARK = rb"\0{4}[\x01\x02]\0{3}[\0-\x09]\0{3}.{3}[\0-\x3f]"
LEAST = 1024

_SEEN_LIMIT = 2**40
"""Images; the best-known networks saw some ten million."""


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """Weights by version, size and the look of their numbers; None for everything else."""
    if not begins_with(MARK, blob, LEAST):
        return None
    major, minor, revision = struct.unpack("<iii", blob.head[:12])
    begin = 16 if 10 * major + minor < 2 else 20
    seen = int.from_bytes(blob.head[12:begin], "little")
    if seen > _SEEN_LIMIT or not file_has_modest_floats(blob, begin):
        return None
    cut = (blob.size - begin) % 4 > 0
    remark = "It has no structure but its first bytes; its numbers look like trained ones."
    name = posixpath.basename(path)
    return Detection(
        format="darknet",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers only",)),
        parameters=None if cut else (blob.size - begin) // 4,
        metadata={"version": f"{major}.{minor}.{revision}", "images_seen": f"{seen:,}", "dtypes": "float32"},
        companions=(f"{name.removesuffix('.weights')}.cfg",) if name.endswith(".weights") else (),
        remarks=("It is cut off: its last number is not whole.", remark) if cut else (remark,),
    )
