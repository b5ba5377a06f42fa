"""MLeap bundles: a zip of `bundle.json` and a tree of transformers, each with its `model.json` or `model.pb`.

Source: bundle-ml/src/main/scala/ml/combust/bundle/serializer of MLeap.
"""

from __future__ import annotations

import json
import posixpath

from bot.scanner.formats._plain import plain_model
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.zips import open_zip
from rules.facts import Detection

TITLE = "MLeap bundle"
SUFFIXES = ()
MARK = rb"PK\x03\x04"

_TEXT_LIMIT = 64 * 1024
_MODELS = ("model.json", "model.pb")


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A bundle with at least one model; None for everything else, other zips too."""
    archive = open_zip(blob)
    if archive is None or "bundle.json" not in archive.members:
        return None
    try:
        bundle = json.loads(archive.text("bundle.json", _TEXT_LIMIT) or "")
    except (ValueError, RecursionError):
        return None
    if not isinstance(bundle, dict) or not {"uid", "format", "version"} <= bundle.keys():
        return None
    models = [name for name in archive.members if posixpath.basename(name) in _MODELS]
    if not models:
        return None
    metadata = {
        "name": bundle.get("name"),
        "architecture": f"{len(models)} transformers" if len(models) > 1 else "1 transformer",
        "producer": f"MLeap {bundle['version']}",
    }
    return plain_model("mleap", TITLE, metadata)
