"""The index of a model in shards: which file holds which tensor. It holds no numbers itself.

Source: `save_pretrained` and `load_sharded_checkpoint` of Hugging Face Transformers (`model.safetensors.index.json`,
`pytorch_model.bin.index.json`, `tf_model.h5.index.json`, `flax_model.msgpack.index.json`): an object of `metadata`
with `total_size`, and `weight_map` from the names of tensors to the names of files.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable

from bot.scanner.formats._paths import leads_outside
from bot.scanner.formats._shards import COMPANION_LIMIT
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "index of a model in shards"
SUFFIXES = (
    ".safetensors.index.json",
    ".bin.index.json",
    ".h5.index.json",
    ".msgpack.index.json",
)
MARK = rb'(?:\xef\xbb\xbf)?\s{0,16}\{\s{0,64}"(?:metadata|weight_map)"\s{0,4}:'

READ_LIMIT = 16 * 1024 * 1024
"""Bytes of an index that are read; the largest models' take some megabytes."""
_FILE = re.compile(rb'":\s{0,4}"([^"\\]{1,200}\.(?:safetensors|bin|h5|msgpack|pt|pth))"')
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("it holds names only; what loading runs is told by the files it names",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """An index; None for everything else."""
    if b'"weight_map"' not in blob.head and b'"metadata"' not in blob.head[:200]:
        return None
    try:
        raw = blob.head if blob.size <= len(blob.head) else blob.read(0, min(blob.size, READ_LIMIT))
    except BudgetExceededError:
        raw = blob.head
    try:
        index = json.loads(raw)
    except (ValueError, RecursionError):
        return _partial(raw)
    if not isinstance(index, dict):
        return None
    files = index.get("weight_map")
    if not isinstance(files, dict) or not files or not all(isinstance(name, str) for name in files.values()):
        return None
    metadata = index.get("metadata")
    return _described(files.values(), len(files), metadata if isinstance(metadata, dict) else {})


def _partial(raw: bytes) -> Detection | None:
    """What can be said of an index that is cut off or too long."""
    names = [name.decode("utf-8", "replace") for name in _FILE.findall(raw)]
    if b'"weight_map"' not in raw or not names:
        return None
    found = _described(names, None, {})
    return Detection(
        found.format,
        found.title,
        is_weight=False,
        confidence=Confidence.PROBABLE,
        loading=_SAFE,
        companions=found.companions,
        remarks=("It is cut off, damaged, or longer than what is read here.", *found.remarks),
    )


def _described(names: Iterable[str], tensors: int | None, words: dict[str, object]) -> Detection:
    files = list(dict.fromkeys(names))
    inside = [name for name in files if not leads_outside(name)]
    remarks = []
    if len(inside) < len(files):
        remarks.append("It names files outside its own folder.")
    if len(inside) > COMPANION_LIMIT:
        remarks.append(f"It names {len(inside):,} files; the first {COMPANION_LIMIT:,} are told.")
    metadata = {"files": f"{len(files):,}"}
    if isinstance(words.get("total_size"), int | float):
        metadata["total_size"] = shown(words["total_size"], 40)
    if isinstance(words.get("total_parameters"), int | float):
        metadata["total_parameters"] = shown(words["total_parameters"], 40)
    return Detection(
        format="sharded-index",
        title=TITLE,
        is_weight=False,
        confidence=Confidence.CERTAIN,
        loading=_SAFE,
        tensors=tensors,
        metadata=metadata,
        companions=tuple(posixpath.normpath(name) for name in inside[:COMPANION_LIMIT]),
        remarks=tuple(remarks),
    )
