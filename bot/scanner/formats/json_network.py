"""Small networks of JavaScript libraries as JSON: brain.js, Synaptic, Neataptic, ConvNetJS.

Source: `toJSON` of src/neural-network.ts and src/recurrent/recurrent.ts in brain.js, of src/Network.js in Synaptic,
of src/architecture/network.js in Neataptic and of src/convnet_net.js in ConvNetJS.
"""

from __future__ import annotations

import re

from bot.scanner.formats._plain import DAMAGED, TOO_LARGE, plain_model
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.json_leaves import Leaves, leaves
from bot.scanner.structures.text import whole_text
from rules.facts import Confidence, Detection

TITLE = "network as JSON"
SUFFIXES = ()
MARK = (
    rb'\{\s{0,12}"(?:type"\s{0,4}:\s{0,4}"(?:NeuralNetwork|NeuralNetworkGPU|LSTM|GRU|RNN|LSTMTimeStep|GRUTimeStep'
    rb'|RNNTimeStep|AE|AutoEncoder)"|sizes"\s{0,4}:\s{0,4}\[|layers"\s{0,4}:\s{0,4}\[\s{0,12}\{'
    rb'|neurons"\s{0,4}:\s{0,4}\[\s{0,12}\{|nodes"\s{0,4}:\s{0,4}\[\s{0,12}\{\s{0,12}"bias")'
)

COUNT_LIMIT = 1024 * 1024
"""Bytes of the largest file that is read through; a larger one is known by its head."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_FEWEST = 3
"""Weights that the smallest network has."""


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A network with weights; None for everything else."""
    content, complete = whole_text(blob, COUNT_LIMIT)
    if b'"weight' not in content and b'"filters"' not in content:
        return None
    found = leaves(content)
    library = _library(found)
    if library is None:
        return None
    numbers = [
        value
        for path, value in found.found
        if ({"weights", "bias", "biases", "weight", "filters"} & set(path)) and _NUMBER.fullmatch(value[:40])
    ]
    if len(numbers) < _FEWEST:
        return None
    remark = None if complete and found.is_whole else DAMAGED if complete else TOO_LARGE
    sizes = found.values("sizes", "[]")
    metadata = {
        "architecture": f"layers of {'-'.join(sizes[:20])} neurons" if sizes else found.value("type"),
        "producer": library,
    }
    return plain_model(
        "json-network",
        f"{library} network (JSON)",
        metadata,
        parameters=len(numbers) if remark is None else None,
        remark=remark,
        confidence=Confidence.CERTAIN,
    )


def _library(found: Leaves) -> str | None:
    """Which library lays out a network so."""
    places = {path for path, _ in found.found} | found.containers
    if ("neurons", "[]", "bias") in places and (
        ("connections", "[]", "weight") in places or ("neurons", "[]", "squash") in places
    ):
        return "Synaptic"
    if ("nodes", "[]", "bias") in places and ("nodes", "[]", "squash") in places:
        return "Neataptic"
    if ("layers", "[]", "layer_type") in places and ("layers", "[]", "out_depth") in places:
        return "ConvNetJS"
    in_layers = [path for path in places if path[:2] == ("layers", "[]")]
    named = {key for path in in_layers for key in path[2:]}
    recurrent = ("input", "weights") in found.containers and ("input", "rows") in places
    if recurrent or ("weights" in named and named & {"bias", "biases"}):
        return "brain.js"
    return None
