"""FANN, the Fast Artificial Neural Network Library: layers, neurons and their connections as text.

Source: fann_save_internal_fd in src/fann_io.c of FANN.
"""

from __future__ import annotations

import re

from bot.scanner.formats._plain import DAMAGED, TOO_LARGE, plain_model
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.text import whole_text
from bot.scanner.wording import decoded
from rules.facts import Detection

TITLE = "FANN network"
SUFFIXES = ()
MARK = rb"FANN_(?:FLO|FIX)_\d\.\d\r?\n"

COUNT_LIMIT = 4 * 1024 * 1024
"""Bytes of the largest network that is read through for its numbers."""
_LAYERS = re.compile(rb"^layer_sizes=([\d ]{1,2000})", re.MULTILINE)
_CONNECTIONS = re.compile(rb"^connections \(connected_to_neuron, weight\)=", re.MULTILINE)
_CONNECTION = re.compile(rb"\(\d{1,9}, [-+.\deE]{1,40}\)")


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A network; None for everything else."""
    content, complete = whole_text(blob, COUNT_LIMIT)
    if b"\nnum_layers=" not in content[:4096]:
        return None
    layers, connections = _LAYERS.search(content), _CONNECTIONS.search(content)
    sizes = decoded(layers[1], 80).replace(" ", "-") if layers else ""
    metadata = {
        "architecture": f"layers of {sizes} neurons (with biases)" if sizes else "layers",
        "producer": decoded(content[:12], 20).replace("_", " "),
    }
    if not complete:
        return plain_model("fann", TITLE, metadata, remark=TOO_LARGE)
    numbers = len(_CONNECTION.findall(content, connections.end())) if connections else 0
    return plain_model("fann", TITLE, metadata, parameters=numbers, remark=None if numbers else DAMAGED)
