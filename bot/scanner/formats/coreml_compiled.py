"""Core ML as Xcode compiles it (`.mlmodelc`), and the list of contents of a package (`Manifest.json`).

A compiled network is a graph in JSON (`model.espresso.net`), whose numbers lie in a table of blobs beside it
(`model.espresso.weights`): a count, then a key and a length for each blob, then the blobs. A compiled ML program is
text (`model.mil`), whose numbers lie in `weights/weight.bin`.

Source: what coremltools writes for a package (libmodelpackage), and what Netron reads of compiled models
(source/espresso.js); Apple publishes no description of the latter.
"""

from __future__ import annotations

import json
import posixpath
import re

from bot.scanner.formats._paths import leads_outside
from bot.scanner.readers import BoundedReader
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Core ML (compiled)"
SUFFIXES = ()
MARK = (
    rb'\{\s{0,20}"(?:storage|analyses|properties|format_version|fileFormatVersion|itemInfoEntries|transform_params)"'
    rb"|program\(\d|(?!\0\0).{2}\0{6}.{3}\0{5}"
)
NAMES = r"\.espresso\.(weights|net)$"
LEAST = 24

_JSON_LIMIT = 4 * 1024 * 1024
_BLOB_LIMIT = 20_000
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds a graph and numbers only",))
_CUSTOM = LoadingVerdict(LoadingSafety.EXECUTES_CODE, ("a layer names a class of the application that runs it",))
_WEIGHT_FILE = re.compile(rb'@model_path/([\w./-]{1,200}\.bin)"')


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A graph, a table of blobs, or the list of a package; None for everything else."""
    head = blob.head
    if head[:1] == b"{":
        return _in_json(blob)
    if head[:8] == b"program(":
        return _program(blob)
    return _blobs(path, blob)


def _answer(
    title: str, companions: tuple[str, ...], metadata: dict[str, str], loading: LoadingVerdict = _SAFE
) -> Detection:
    return Detection(
        format="coreml-compiled",
        title=title,
        is_weight=False,
        confidence=Confidence.CERTAIN,
        loading=loading,
        metadata=metadata,
        companions=tuple(name for name in companions if name and not leads_outside(name)),
    )


def _in_json(blob: BoundedReader) -> Detection | None:
    head = blob.head
    manifest = b'"itemInfoEntries"' in head and b'"rootModelIdentifier"' in head
    network = b'"layers"' in head and b'"format_version"' in head and b'"storage"' in head
    if not (manifest or network):
        return None
    try:
        described = json.loads(blob.read(0, min(blob.size, _JSON_LIMIT)))
    except (ValueError, RecursionError):
        return None
    if not isinstance(described, dict):
        return None
    return _package(described) if manifest else _network(described)


def _package(described: dict[str, object]) -> Detection | None:
    """A list of contents: each item has a path below `Data/`."""
    entries = described.get("itemInfoEntries")
    if not isinstance(entries, dict):
        return None
    paths = [item.get("path") for item in list(entries.values())[:1000] if isinstance(item, dict)]
    names = tuple(f"Data/{name}" for name in paths if isinstance(name, str) and "/" in name and not leads_outside(name))
    if not any("com.apple.CoreML" in name for name in names):
        return None
    folders = tuple(name if posixpath.splitext(name)[1] else f"{name}/" for name in names)
    return _answer("Core ML package (list of contents)", folders, {})


def _network(described: dict[str, object]) -> Detection | None:
    layers, storage = described.get("layers"), described.get("storage")
    if not isinstance(layers, list) or not isinstance(storage, str):
        return None
    return _answer(
        "Core ML network (compiled, without numbers)",
        (shown(storage),),
        {"layers": f"{len(layers):,}", "version": shown(described.get("format_version", ""), 20)},
        _CUSTOM if any(isinstance(layer, dict) and layer.get("type") == "custom" for layer in layers) else _SAFE,
    )


def _program(blob: BoundedReader) -> Detection | None:
    """A compiled ML program: text that begins with its version and names the files of its numbers."""
    text = blob.read(0, min(blob.size, _JSON_LIMIT))
    if b"func " not in text[:8192] and b"BLOBFILE" not in text:
        return None
    names = dict.fromkeys(name.decode("ascii") for name in _WEIGHT_FILE.findall(text))
    return _answer("Core ML program (compiled, without numbers)", tuple(list(names)[:1000]), {})


def _blobs(path: str, blob: BoundedReader) -> Detection | None:
    """A table of blobs: keys that rise, and lengths that add up to the file."""
    count = int.from_bytes(blob.head[:8], "little")
    if not 0 < count <= _BLOB_LIMIT or 8 + 16 * count > blob.size:
        return None
    table = blob.read(8, 16 * count)
    keys = [int.from_bytes(table[place : place + 8], "little") for place in range(0, len(table), 16)]
    sizes = [int.from_bytes(table[place + 8 : place + 16], "little") for place in range(0, len(table), 16)]
    end = 8 + 16 * count + sum(sizes)
    named = posixpath.basename(path).endswith(".espresso.weights")
    if any(key > 16 * _BLOB_LIMIT for key in keys) or len(set(keys)) != count or not sum(sizes):
        return None
    if end != blob.size and not named:
        return None
    name = posixpath.basename(path).removesuffix(".weights")
    whole = end == blob.size
    confidence = Confidence.CERTAIN if named or count > 2 else Confidence.POSSIBLE
    return Detection(
        format="coreml-compiled",
        title="Core ML weights (compiled)",
        is_weight=True,
        confidence=confidence if whole else Confidence.PROBABLE,
        loading=_SAFE,
        tensors=count if whole else None,
        companions=(f"{name}.net", f"{name}.shape") if named else (),
        remarks=() if whole else ("Its blobs do not add up to its size.",),
    )
