"""ncnn: a graph (`.param` in text, `.param.bin`) and the numbers for it (`.bin`), each stretch of them with a tag.

Source: src/net.cpp (load_param: the magic number 7767517), src/modelbin.cpp (the tags of stretches) and
src/layer/memorydata.cpp (constants, which have no tag) of ncnn.
"""

from __future__ import annotations

import posixpath
import re

from bot.scanner.formats._marks import begins_with
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.floats import are_modest_floats, file_has_modest_floats
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "ncnn weights"
SUFFIXES = ()
MARK = (
    rb"7767517\s|\xdd\x85\x76\0|\x47\x6b\x30\x01|\x38\x4b\x0d\0|\x56\xc0\x02\0"
    rb"|\0{4}(?:.{3}[\x30-\x43\xb0-\xc3]){4}|(?:.{3}[\x30-\x43\xb0-\xc3]){1,16}?(?:\x47\x6b\x30\x01|\x56\xc0\x02\0)"
)
"""Of a graph whose first layer is a constant, such as the mean colour, the first tag stands behind its few numbers."""
LEAST = 16

_MAGIC = (7767517).to_bytes(4, "little")
_HALVES, _BYTES, _FLOATS = 0x01306B47, 0x000D4B38, 0x0002C056
_TYPES = {_HALVES: "float16", _BYTES: "int8", _FLOATS: "float32", 0: "float32"}
_CONSTANTS = re.compile(rb"(?:.{3}[\x30-\x43\xb0-\xc3]){1,16}?(?=\x47\x6b\x30\x01|\x56\xc0\x02\0)", re.DOTALL)
_COUNTS = re.compile(rb"7767517\s{1,4}(\d{1,6})\s+(\d{1,6})\s")
_PARTS = 1_000_000
_SAMPLE = 2048
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers only",))


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A graph or the numbers for one; None for everything else."""
    if not begins_with(MARK, blob, LEAST):
        return None
    if blob.head[:7] == b"7767517":
        return _text(path, blob)
    if blob.head[:4] == _MAGIC:
        return _graph(path, *_pair(blob.head[4:12]), ".param.bin")
    return _numbers(path, blob)


def _pair(raw: bytes) -> tuple[int, int]:
    return int.from_bytes(raw[:4], "little"), int.from_bytes(raw[4:], "little")


def _text(path: str, blob: BoundedReader) -> Detection | None:
    found = _COUNTS.match(blob.head[:64])
    return _graph(path, int(found.group(1)), int(found.group(2)), ".param") if found else None


def _graph(path: str, layers: int, blobs: int, ending: str) -> Detection | None:
    if not 0 < layers < _PARTS or not 0 < blobs < _PARTS:
        return None
    name = posixpath.basename(path)
    stem = name.removesuffix(ending)
    return Detection(
        format="ncnn",
        title="ncnn graph (without numbers)",
        is_weight=False,
        confidence=Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("it describes a graph only",)),
        metadata={"layers": f"{layers:,}"},
        companions=(f"{stem}.bin",) if stem != name else (),
    )


def _numbers(path: str, blob: BoundedReader) -> Detection | None:
    """Numbers by the tag of the first stretch, and by their look."""
    constants = _CONSTANTS.match(blob.head)
    start = constants.end() if constants else 0
    tag = int.from_bytes(blob.head[start : start + 4], "little")
    name = posixpath.basename(path).lower()
    sample = blob.head[start + 4 : start + 4 + _SAMPLE]
    if tag == _HALVES:
        if not are_modest_floats(sample[: len(sample) // 2 * 2], "e"):
            return None
        confidence = Confidence.PROBABLE
    elif tag == _FLOATS:
        if not are_modest_floats(sample):
            return None
        confidence = Confidence.PROBABLE
    elif tag == _BYTES:
        confidence = Confidence.PROBABLE if name.endswith(".bin") and blob.size > _SAMPLE else Confidence.POSSIBLE
    else:
        if blob.size % 4 or not file_has_modest_floats(blob, 4):
            return None
        confidence = Confidence.PROBABLE if name.endswith(".ncnn.bin") else Confidence.POSSIBLE
    stem = posixpath.basename(path)[: -len(".bin")] if name.endswith(".bin") else ""
    return Detection(
        format="ncnn",
        title=TITLE,
        is_weight=True,
        confidence=confidence,
        loading=_SAFE,
        metadata={"dtypes": _TYPES[tag]},
        companions=(f"{stem}.param",) if stem else (),
        remarks=("It has no structure but the tags before its numbers; the graph beside it says how many there are.",),
    )
