"""Deeplearning4j: a zip of the network's description and its numbers in one row.

Source: org/deeplearning4j/util/ModelSerializer.java of Deeplearning4j (`configuration.json`, `coefficients.bin`).
"""

from __future__ import annotations

import json

from bot.scanner.formats._plain import plain_model
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.zips import open_zip
from rules.facts import Detection

TITLE = "Deeplearning4j network"
SUFFIXES = ()
MARK = rb"PK\x03\x04"

_TEXT_LIMIT = 4 * 1024 * 1024


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A network; None for everything else, other zips too."""
    archive = open_zip(blob)
    if archive is None or not {"configuration.json", "coefficients.bin"} <= archive.members.keys():
        return None
    try:
        configuration = json.loads(archive.text("configuration.json", _TEXT_LIMIT) or "")
    except (ValueError, RecursionError):
        configuration = None
    metadata = {}
    if isinstance(configuration, dict):
        layers = configuration.get("confs", configuration.get("vertices"))
        if isinstance(layers, (list, dict)):
            metadata["architecture"] = f"{len(layers)} layers"
    return plain_model("deeplearning4j", TITLE, metadata)
