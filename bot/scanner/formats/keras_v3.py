"""Keras 3: a zip with `config.json`, `metadata.json` and `model.weights.h5`.

Source: keras/src/saving/saving_lib.py of Keras.
"""

from __future__ import annotations

import json

from bot.scanner.formats._keras import loading_of_config
from bot.scanner.readers import BoundedReader, UnreadableError
from bot.scanner.wording import shown
from bot.scanner.zips import Archive, open_zip
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Keras 3"
SUFFIXES = (".keras",)
MARK = rb"PK[\x03\x05][\x04\x06]"

_CONFIG_LIMIT = 8 * 1024 * 1024
"""Bytes of a model's description that are read."""


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model of Keras 3; None for everything else, other zips too."""
    archive = open_zip(blob)
    if archive is None or not {"config.json", "model.weights.h5"} <= set(archive.members):
        return None
    config, metadata = _json(archive, "config.json"), _json(archive, "metadata.json")
    chosen = {}
    if isinstance(metadata, dict) and metadata.get("keras_version"):
        chosen["producer"] = f"Keras {shown(metadata['keras_version'], 20)}"
    if isinstance(config, dict) and config.get("class_name"):
        chosen["architecture"] = shown(config["class_name"], 80)
    loading = LoadingVerdict(LoadingSafety.UNKNOWN, ("its description could not be read",))
    if config is not None:
        loading = loading_of_config(config)
    return Detection(
        format="keras-v3",
        title=TITLE,
        is_weight=archive.members["model.weights.h5"].file_size > 0,
        confidence=Confidence.CERTAIN,
        loading=loading,
        metadata=chosen,
        remarks=("The parameters inside were not counted.",),
    )


def _json(archive: Archive, name: str) -> object:
    info = archive.members.get(name)
    if info is None:
        return None
    try:
        reader = archive.reader(info)
        if reader.size > _CONFIG_LIMIT:
            return None
        return json.loads(reader.read(0, reader.size))
    except (UnreadableError, ValueError, RecursionError):
        return None
