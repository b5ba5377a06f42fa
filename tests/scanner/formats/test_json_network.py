"""Networks that JavaScript libraries write as JSON."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "classical"
CONVNETJS = {
    "layers": [
        {"out_depth": 2, "out_sx": 1, "out_sy": 1, "layer_type": "input"},
        {"out_depth": 1, "out_sx": 1, "out_sy": 1, "layer_type": "fc", "num_inputs": 2, "l1_decay_mul": 0,
         "filters": [{"sx": 1, "sy": 1, "depth": 2, "w": {"0": 0.5, "1": -0.5}}],
         "biases": {"sx": 1, "sy": 1, "depth": 1, "w": {"0": 0.1}}},
    ]
}  # fmt: skip
"""Laid out as toJSON of ConvNetJS does."""


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


@pytest.mark.parametrize(
    ("content", "library", "parameters"),
    [
        ((DATA / "brainjs.json").read_bytes(), "brain.js", 13),
        ((DATA / "brainjs_lstm.json").read_bytes(), "brain.js", 90),
        ((DATA / "synaptic.json").read_bytes(), "Synaptic", 15),
        ((DATA / "neataptic.json").read_bytes(), "Neataptic", 15),
    ],
    ids=["brain.js", "brain.js recurrent", "synaptic", "neataptic"],
)
def test_a_network_is_told_by_its_keys(content: bytes, library: str, parameters: int) -> None:
    for written in (content, json.dumps(json.loads(content), indent=2).encode()):
        detection = found_in(written)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == (
            "json-network", True, Confidence.CERTAIN)  # fmt: skip
        assert (detection.metadata["producer"], detection.parameters) == (library, parameters)
        assert detection.loading.safety is LoadingSafety.SAFE


def test_a_network_of_convnetjs_is_known() -> None:
    detection = found_in(json.dumps(CONVNETJS).encode())
    assert detection is not None
    assert (detection.metadata["producer"], detection.confidence) == ("ConvNetJS", Confidence.CERTAIN)


def test_a_truncated_network_is_reported() -> None:
    detection = found_in((DATA / "brainjs.json").read_bytes()[:500])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert "cut off" in detection.remarks[0]


@pytest.mark.parametrize(
    "content",
    [
        b'{"layers": [{"name": "roads", "weight": 3, "paint": {}}, {"name": "rivers", "weight": 1}]}',
        b'{"layers": [{"weights": [1, 2, 3], "name": "regular"}]}',
        b'{"sizes": [400, 500], "weights": ["bold", "thin"]}',
        b'{"type": "LSTM", "units": 64}',
        b'{"neurons": [{"soma": 1, "weight": 2}]}',
        b'{"nodes": [{"bias": 1, "weight": 3}], "edges": [1, 2, 3, 4]}',
    ],
)
def test_maps_fonts_and_settings_are_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.json") is None


def test_a_hostile_file_is_left_in_time() -> None:
    begun = time.process_time()
    found_in(b'{"layers": [{"weights": ' + b"[" * 500_000)
    found_in(b'{"sizes": [' + b"1," * 2_000_000)
    assert time.process_time() - begun < 10
