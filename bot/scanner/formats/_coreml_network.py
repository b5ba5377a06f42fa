"""The trained numbers of Core ML's neural networks, forests and linear models: counted by the lengths of their fields.

Source: mlmodel/format/NeuralNetwork.proto, Model.proto, TreeEnsemble.proto, GLMRegressor.proto of coremltools.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.readers import BudgetExceededError
from bot.scanner.structures.protobuf import BYTES, FIXED32, FIXED64, Field, Wire

_DEPTH = 8
_ACTIVATION: dict[int, object] = {25: {1: None}, 71: {1: None, 2: None}}
_LSTM: dict[int, object] = dict.fromkeys((1, 2, 3, 4, 20, 21, 22, 23, 40, 41, 42, 43, 60, 61, 62))
_LAYERS: dict[int, object] = {
    100: {90: None, 91: None}, 130: _ACTIVATION, 140: {20: None, 21: None}, 150: {20: None, 21: None},
    160: dict.fromkeys((15, 16, 17, 18)), 245: {2: None, 5: None}, 250: {2: None}, 290: {2: None},
    400: {10: _ACTIVATION, 30: None, 31: None, 32: None},
    410: {10: _ACTIVATION} | dict.fromkeys((30, 31, 32, 50, 51, 52, 70, 71, 72)), 420: {10: _ACTIVATION, 20: _LSTM},
    430: {10: _ACTIVATION, 11: _ACTIVATION, 20: _LSTM}, 500: {20: None}, 1040: {20: None, 21: None},
    1045: {8: None, 9: None}, 1070: {2: None}, 1350: {3: None, 4: None}, 1471: {60: None, 61: None},
}  # fmt: skip
"""Where each kind of layer keeps WeightParams: field numbers from the layer down, None where one stands."""
_BODIES = {605: (1, 2), 615: (3, 4)}
"""Networks within a layer: the branches of `branch`, condition and body of `loop`."""
_WIDTHS = {1: ("float32", 4), 2: ("float16", 2), 30: ("quantised", 1), 31: ("int8", 1)}
"""Fields of WeightParams that hold numbers, and bytes of each number."""
_CUSTOM_LAYER = 500


@dataclass
class Numbers:
    """What was counted."""

    tensors: int = 0
    parameters: int = 0
    types: Counter[str] = field(default_factory=Counter)
    custom: bool = False
    """True where a layer names a class of the application."""


def count_network(wire: Wire, network: Field, numbers: Numbers, depth: int = 0) -> None:
    """Add the numbers of a NeuralNetwork. Raises WireError and BudgetExceededError."""
    if depth > _DEPTH:
        raise BudgetExceededError("its networks are nested more deeply than is read here")
    for layer in wire.fields(network.start, network.end):
        if layer.number != 1 or layer.wire != BYTES:
            continue
        for part in wire.fields(layer.start, layer.end):
            if part.wire != BYTES:
                continue
            numbers.custom |= part.number == _CUSTOM_LAYER
            if part.number in _BODIES:
                for body in wire.fields(part.start, part.end):
                    if body.wire == BYTES and body.number in _BODIES[part.number]:
                        count_network(wire, body, numbers, depth + 1)
            elif part.number in _LAYERS:
                _below(wire, part, _LAYERS[part.number], numbers)


def _below(wire: Wire, message: Field, places: object, numbers: Numbers) -> None:
    if not isinstance(places, dict):
        _weights(wire, message, numbers)
        return
    for part in wire.fields(message.start, message.end):
        if part.wire == BYTES and part.number in places:
            _below(wire, part, places[part.number], numbers)


def _weights(wire: Wire, message: Field, numbers: Numbers) -> None:
    for part in wire.fields(message.start, message.end):
        if part.wire == BYTES and part.number in _WIDTHS and part.length:
            name, width = _WIDTHS[part.number]
            numbers.tensors += 1
            numbers.parameters += part.length // width
            numbers.types[name] += 1
        elif part.number == 1 and part.wire == FIXED32:
            numbers.parameters += 1


def count_linear(wire: Wire, model: Field, numbers: Numbers) -> None:
    """Add the numbers of a generalised linear model: lists of doubles, and offsets."""
    for part in wire.fields(model.start, model.end):
        if part.number == 1 and part.wire == BYTES:
            for item in wire.fields(part.start, part.end):
                numbers.parameters += item.length // 8
            numbers.tensors += 1
        elif part.number == 2:
            numbers.parameters += part.length // 8 if part.wire in {BYTES, FIXED64} else 0


def count_trees(wire: Wire, model: Field, numbers: Numbers) -> None:
    """Add the nodes of a forest, each as one number."""
    for part in wire.fields(model.start, model.end):
        if part.number == 1 and part.wire == BYTES:
            numbers.parameters += sum(item.number == 1 for item in wire.fields(part.start, part.end))
            numbers.tensors += 1
