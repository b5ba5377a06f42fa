"""TensorFlow.js: `model.json` or a manifest of weights names the files that hold the numbers, which are bare bytes.

Sources: tfjs-core/src/io/types.ts (ModelJSON, WeightsManifestConfig, WeightsManifestEntry) of TensorFlow.js;
tfjs-converter/python/tensorflowjs/write_weights.py for the quantisation.
"""

from __future__ import annotations

import json
import math
import posixpath
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.scanner.formats._paths import leads_outside
from bot.scanner.readers import BoundedReader
from bot.scanner.wording import shown, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "TensorFlow.js"
SUFFIXES = ()
_SPACE = rb"[ \t\r\n]{0,200}"
_MODEL = (
    rb"\{" + _SPACE + rb"\"(?:format\"" + _SPACE + rb":" + _SPACE + rb"\"(?:graph-model|layers-model|tfjs-[a-z-]{1,30})"
    rb"|modelTopology|weightsManifest|generatedBy|convertedBy|userDefinedMetadata|trainingConfig)\""
)
_MANIFEST = rb"\[" + _SPACE + rb"\{" + _SPACE + rb"\"(?:paths|weights)\"" + _SPACE + rb":" + _SPACE + rb"\["
MARK = rb"(?:\xef\xbb\xbf)?" + _SPACE + rb"(?:" + _MODEL + rb"|" + _MANIFEST + rb")"

READ_LIMIT = 16 * 1024 * 1024
"""Bytes of a description; those of large graphs have some million."""
WEIGHT_LIMIT = 50_000
COMPANION_LIMIT = 5_000
_WIDTHS = {"float32": 4, "float16": 2, "int32": 4, "uint8": 1, "uint16": 2, "int8": 1, "bool": 1, "complex64": 8}
_RANK_LIMIT = 32
_MOST = 10


@dataclass
class _Contents:
    weights: int = 0
    parameters: int = 0
    size: int | None = 0
    """Bytes of all shards together, None where the manifest does not tell."""
    types: Counter[str] = field(default_factory=Counter)
    quantised: Counter[str] = field(default_factory=Counter)
    paths: list[str] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A model's description or its manifest; None for other JSON."""
    if blob.size > READ_LIMIT:
        return _unread("It is larger than what is read here.") if _speaks_of_weights(blob.head) else None
    try:
        document = json.loads(blob.read(0, blob.size))
    except (ValueError, RecursionError):
        return _unread("It is cut off or damaged.") if _speaks_of_weights(blob.head) else None
    contents = _Contents()
    manifest = document
    if isinstance(document, dict):
        manifest = document.get("weightsManifest")
        if not isinstance(document.get("modelTopology"), dict) and manifest is None:
            return None
        _read_model(document, contents)
    elif posixpath.basename(path).startswith("weights_manifest"):
        contents.paths.append("tensorflowjs_model.pb")
    if not _read_manifest(manifest, contents):
        return None
    return _described(contents)


def _speaks_of_weights(head: bytes) -> bool:
    return (b'"weightsManifest"' in head and b'"modelTopology"' in head) or (
        b'"shape"' in head and b'"dtype"' in head and (b'"paths"' in head or b'"quantization"' in head)
    )


def _read_model(document: dict[str, Any], contents: _Contents) -> None:
    for key in ("generatedBy", "convertedBy"):
        if isinstance(document.get(key), str):
            contents.words[key] = document[key]
    topology = document.get("modelTopology")
    config = topology.get("model_config", topology) if isinstance(topology, dict) else None
    if isinstance(config, dict) and isinstance(config.get("class_name"), str):
        contents.words["architecture"] = config["class_name"]
    if isinstance(document.get("format"), str):
        contents.words["kind"] = document["format"]


def _read_manifest(manifest: object, contents: _Contents) -> bool:
    """Read groups of shards; False where it is no manifest. None is the empty one: a model without numbers."""
    if manifest is None:
        return True
    if not isinstance(manifest, list):
        return False
    for group in manifest:
        if not isinstance(group, dict) or not isinstance(group.get("weights"), list):
            return False
        paths = group.get("paths")
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            return False
        contents.paths += paths
        for weight in group["weights"]:
            if not isinstance(weight, dict) or not _add(weight, contents):
                return False
    return True


def _add(weight: dict[str, Any], contents: _Contents) -> bool:
    """Count one entry of a manifest; False where it is none."""
    kind, shape = weight.get("dtype"), weight.get("shape")
    if not isinstance(kind, str) or not isinstance(shape, list) or len(shape) > _RANK_LIMIT:
        return False
    if not all(isinstance(side, int) and 0 <= side < 2**53 for side in shape):
        return False
    stored, quantisation = kind, weight.get("quantization")
    if isinstance(quantisation, dict) and isinstance(quantisation.get("dtype"), str):
        stored = quantisation["dtype"]
        contents.quantised[shown(stored, 20)] += 1
    contents.weights += 1
    contents.types[shown(kind, 20)] += 1
    elements = math.prod(shape)
    if kind in _WIDTHS:
        contents.parameters += elements
    if contents.size is not None:
        contents.size = contents.size + elements * _WIDTHS[stored] if stored in _WIDTHS else None
    return contents.weights <= WEIGHT_LIMIT


def _described(contents: _Contents) -> Detection:
    shards = list(_inside(contents.paths))
    is_weight = contents.weights > 0
    remarks = ["Its numbers are in the files that it names."] if is_weight else []
    if len(shards) > COMPANION_LIMIT:
        remarks.append(f"Only the first {COMPANION_LIMIT:,} of the files that it names were noted.")
    return Detection(
        format="tfjs",
        title="TensorFlow.js model" if is_weight else "TensorFlow.js model (without numbers)",
        is_weight=is_weight,
        confidence=Confidence.CERTAIN,
        loading=_loading(contents.paths),
        parameters=contents.parameters,
        tensors=contents.weights,
        metadata=_metadata(contents),
        companions=tuple(shards[:COMPANION_LIMIT]),
        remarks=tuple(remarks),
    )


def _inside(paths: list[str]) -> Iterator[str]:
    yield from dict.fromkeys(path for path in paths if path and not leads_outside(path))


def _metadata(contents: _Contents) -> dict[str, str]:
    chosen = {}
    if makers := [contents.words[key] for key in ("generatedBy", "convertedBy") if contents.words.get(key)]:
        chosen["producer"] = shown(", ".join(makers))
    for key in ("architecture", "kind"):
        if contents.words.get(key):
            chosen[key] = shown(contents.words[key], 80)
    if contents.types:
        chosen["dtypes"] = tally(contents.types)
    if contents.quantised:
        chosen["quantization"] = tally(contents.quantised)
    if contents.weights and contents.size is not None:
        chosen["bytes"] = str(contents.size)[:40]
    return chosen


def _loading(paths: list[str]) -> LoadingVerdict:
    outside = [path for path in paths if leads_outside(path)]
    if outside:
        reasons = tuple(f"it reads its numbers from {shown(path, 100)}, outside its own folder" for path in outside)
        return LoadingVerdict(LoadingSafety.DANGEROUS, reasons[:_MOST])
    return LoadingVerdict(LoadingSafety.SAFE, ("the format holds a description and names of files",))


def _unread(remark: str) -> Detection:
    return Detection(
        format="tfjs",
        title="TensorFlow.js model",
        is_weight=True,
        confidence=Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.UNKNOWN, ("its description could not be read",)),
        remarks=(remark,),
    )
