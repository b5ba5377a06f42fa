"""Networks that somebody wrote as JSON by hand, and other JSON with weights in it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

RNG = np.random.default_rng(0)


def found_in(content: object, name: str = "data.bin") -> Detection | None:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return detect(name, BytesReader(raw))


def numbers(*shape: int) -> object:
    return RNG.normal(0, 0.3, shape).round(5).tolist()


NETWORKS = {
    "lists": {"weights": [numbers(8, 16), numbers(16, 2)], "biases": [numbers(16), numbers(2)]},
    "layers": {
        "layers": [{"kernel": numbers(8, 16), "bias": numbers(16)}, {"kernel": numbers(16, 2), "bias": [0.1, 0.2]}]
    },
    "letters": {"W1": numbers(8, 16), "b1": numbers(16), "W2": numbers(16, 2), "b2": numbers(2)},
}  # fmt: skip


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_lists_that_fit_each_other_like_layers_are_probably_a_network(network: object) -> None:
    for name in ("net.json", "data.bin"):
        detection = found_in(network, name)
        assert detection is not None
        assert (detection.format, detection.confidence) == ("json-layers", Confidence.PROBABLE)
        assert (detection.is_weight, detection.parameters) == (True, 8 * 16 + 16 + 16 * 2 + 2)
        assert detection.loading.safety is LoadingSafety.SAFE


@pytest.mark.parametrize(
    "content",
    [
        {"weights": numbers(500), "bias": 0.1, "layers": ["roads", "rivers"]},
        {"graph": {"nodes": [{"id": number, "weight": 0.5} for number in range(300)]}},
        {"vertices": numbers(300, 3), "normals": numbers(300, 3), "weights": numbers(300, 4)},
        {"kernel": numbers(3, 3), "bias": numbers(3)},
        {"weights": [[number, number + 1] for number in range(200)], "bias": [0, 1]},
    ],
    ids=["a map", "a graph", "a mesh", "a filter", "whole numbers"],
)
def test_other_weights_in_json_are_not_taken_for_it(content: object) -> None:
    detection = found_in(content, "net.json")
    assert detection is None or detection.confidence is Confidence.POSSIBLE or not detection.is_weight


def test_hostile_texts_give_an_answer() -> None:
    start = b'{"weights": [[0.123, -0.456], '
    ends = (b"[" * 500_000, start * 10_000, b"0.123, -0.456, " * 100_000, b'{"a":' * 90_000)
    for content in (start + end for end in ends):
        found_in(content)
    whole = json.dumps(NETWORKS["letters"]).encode()
    for end in range(0, len(whole), 97):
        found_in(whole[:end])
