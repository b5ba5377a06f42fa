"""Networks written out as numbers are told from the many tables that are written the same way."""

from __future__ import annotations

import json
import math
import random

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection

CHANCE = random.Random(1)


def trained(count: int) -> list[float]:
    return [round(CHANCE.gauss(0, 0.3), 6) for _ in range(count)]


def quantised(count: int) -> list[int]:
    return [max(-128, min(127, round(CHANCE.gauss(0, 50)))) for _ in range(count)]


def c_array(kind: str, name: str, values: list[float] | list[int], suffix: str = "") -> str:
    rows = [", ".join(f"{value}{suffix}" for value in values[i : i + 8]) for i in range(0, len(values), 8)]
    return f"static const {kind} {name}[{len(values)}] = {{\n   " + ",\n   ".join(rows) + "\n};\n\n"


def found_in(text: str, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(text.encode()))


def test_a_network_as_rnnoise_writes_it() -> None:
    text = '#include "rnn.h"\n\n'
    text += c_array("rnn_weight", "input_dense_weights", quantised(1008))
    text += c_array("rnn_weight", "input_dense_bias", quantised(24))
    text += c_array("rnn_weight", "vad_gru_recurrent_weights", quantised(1728))
    detection = found_in(text)
    assert detection is not None
    assert (detection.format, detection.confidence) == ("embedded-numbers", Confidence.PROBABLE)
    assert (detection.parameters, detection.tensors) == (1008 + 24 + 1728, 3)
    assert "vad_gru_recurrent_weights (1,728)" in detection.metadata["arrays"]


def named_like_layers(way: str) -> str:
    matrix, bias = trained(1024), trained(32)
    rows = [matrix[i : i + 32] for i in range(0, 1024, 32)]
    if way == "libaom":
        return c_array("float", "av1_nn_weights_layer0", matrix, "f") + c_array(
            "float", "av1_nn_bias_layer0", bias, "f"
        )
    if way == "numpy":
        return "".join(f"W{n} = np.array({rows})\nb{n} = np.array({bias})\n" for n in (1, 2))
    if way == "json":
        return json.dumps({"layers": [{"dense_weights": rows, "dense_bias": bias}]})
    if way == "rust":
        return f"static CONV1_WEIGHTS: [f32; 1024] = {matrix};\nstatic CONV1_BIAS: [f32; 32] = {bias};\n"
    pieces = {"hiddenWeights": matrix, "hiddenBias": bias}
    return "".join(f"float[] {name} = new float[] {{{str(values)[1:-1]}}};\n" for name, values in pieces.items())


@pytest.mark.parametrize("way", ["libaom", "numpy", "json", "rust", "java"])
def test_names_of_layers_and_the_spread_make_it_probable(way: str) -> None:
    detection = found_in(named_like_layers(way))
    assert detection is not None
    assert detection.confidence is Confidence.PROBABLE


def test_one_array_called_weights_is_possible_at_most() -> None:
    detection = found_in(c_array("float", "weights", trained(900)))
    assert detection is not None
    assert detection.confidence is Confidence.POSSIBLE


SINES = [round(math.sin(i / 100), 6) for i in range(2000)]
HALF = trained(500)


@pytest.mark.parametrize(
    "text",
    [
        c_array("float", "twiddles", trained(2000)),
        c_array("float", "filter_coeffs", trained(2000)),
        c_array("float", "window_weights", SINES) + c_array("float", "window_bias", SINES),
        c_array("float", "conv_kernel", HALF + HALF[::-1]) + c_array("float", "conv_weights", HALF + HALF[::-1]),
        c_array("double", "gauss_weights", [abs(value) for value in HALF]) + c_array("double", "gauss_bias", HALF[:20]),
        c_array("int", "linear_weights", list(range(2000))) + c_array("int", "dense_weights", list(range(2000))),
        c_array("uint8_t", "font_layer_weights", [CHANCE.randrange(256) for _ in range(2000)]),
        c_array("float", "dense_weights", [0.5, -0.5] * 500) + c_array("float", "dense_bias", [0.0] * 500),
        json.dumps({"coordinates": [[round(CHANCE.uniform(-180, 180), 6) for _ in "xy"] for _ in range(2000)]}),
        json.dumps({"weights": [400, 500, 700] * 500, "bias": [1, 2, 3] * 20}),
        f"def test_dense():\n    weights = {trained(40)}\n    bias = {trained(20)}\n" + "# a test of a layer\n" * 200,
    ],
)
def test_other_tables_are_nothing_to_speak_of(text: str) -> None:
    assert found_in(text, "table.c") is None


def test_every_cut_gives_an_answer() -> None:
    text = c_array("float", "fc1_weights", trained(600)) + c_array("float", "fc1_bias", trained(40))
    for kept in range(0, len(text), 97):
        found_in(text[:kept])


@pytest.mark.parametrize("text", ["w = [" * 20_000, "weights = [" + "1," * 500_000, "fc_w=[" + "[[1,2]," * 50_000])
def test_texts_that_promise_endless_work_are_left_in_time(text: str) -> None:
    found_in(text)
