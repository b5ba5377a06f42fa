"""Keras 3: a zip with `config.json`, `metadata.json` and `model.weights.h5`, which is HDF5.

Source: keras/src/saving/saving_lib.py of Keras.
"""

from __future__ import annotations

import json

from bot.scanner.formats import hdf5
from bot.scanner.formats._keras import loading_of_config
from bot.scanner.readers import BoundedReader, UnreadableError
from bot.scanner.structures.zips import Archive, open_zip
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Keras 3"
SUFFIXES = (".keras",)
MARK = rb"PK[\x03\x05][\x04\x06]"

_WEIGHTS = "model.weights.h5"
_CONFIG_LIMIT = 8 * 1024 * 1024
"""Bytes of a model's description that are read."""


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model of Keras 3; None for everything else, other zips too."""
    archive = open_zip(blob)
    if archive is None or not {"config.json", _WEIGHTS} <= set(archive.members):
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
    weights = _weights(archive)
    if weights is not None and weights.metadata.get("dtypes"):
        chosen["dtypes"] = weights.metadata["dtypes"]
    return Detection(
        format="keras-v3",
        title=TITLE,
        is_weight=archive.members[_WEIGHTS].file_size > 0,
        confidence=Confidence.CERTAIN,
        loading=_worse(loading, weights),
        parameters=weights.parameters if weights is not None else None,
        tensors=weights.tensors if weights is not None else None,
        metadata=chosen,
        remarks=weights.remarks if weights is not None else ("The parameters inside were not counted.",),
    )


def _weights(archive: Archive) -> Detection | None:
    """What the HDF5 inside is, None where it cannot be read."""
    try:
        reader = archive.reader(archive.members[_WEIGHTS])
        return hdf5.recognise(_WEIGHTS, BoundedReader(reader, hdf5.READ_LIMIT))
    except UnreadableError:
        return None


def _worse(loading: LoadingVerdict, weights: Detection | None) -> LoadingVerdict:
    """The verdict on the description, unless the numbers are said to lie in other files."""
    if weights is not None and weights.loading.safety is LoadingSafety.DANGEROUS:
        return weights.loading
    return loading


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
