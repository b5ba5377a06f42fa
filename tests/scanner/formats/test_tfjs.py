"""TensorFlow.js models as its converter writes them (tfjs-core/src/io/types.ts), and other JSON."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

GROUP: dict[str, Any] = {
    "paths": ["group1-shard1of2.bin", "group1-shard2of2.bin"],
    "weights": [
        {"name": "dense/kernel", "shape": [4, 8], "dtype": "float32"},
        {"name": "dense/bias", "shape": [8], "dtype": "float32", "quantization": {"dtype": "uint8", "scale": 0.1}},
    ],
}
LAYERS = {
    "format": "layers-model",
    "generatedBy": "keras v2.10.0",
    "convertedBy": "TensorFlow.js Converter v1.2.6",
    "modelTopology": {"keras_version": "2.10.0", "model_config": {"class_name": "Functional", "config": {}}},
    "weightsManifest": [GROUP],
}
GRAPH = {"modelTopology": {"node": [{"name": "x", "op": "Placeholder"}]}, "weightsManifest": [GROUP]}


def found_in(document: object, name: str = "data.bin") -> Detection | None:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return detect(name, BytesReader(content))


@pytest.mark.parametrize("document", [LAYERS, GRAPH, [GROUP]], ids=["layers", "graph", "manifest"])
def test_a_model_is_told_by_its_manifest_whatever_its_name(document: object) -> None:
    for content in (json.dumps(document), json.dumps(document, indent=4), "\n" + json.dumps(document)):
        detection = found_in(content.encode())
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("tfjs", True, Confidence.CERTAIN)
        assert (detection.tensors, detection.parameters) == (2, 40)
        assert detection.companions == ("group1-shard1of2.bin", "group1-shard2of2.bin")
        assert detection.metadata["bytes"] == str(4 * 32 + 8)
        assert detection.metadata["quantization"] == "uint8 (1)"
        assert detection.loading.safety is LoadingSafety.SAFE


def test_what_made_it_is_shown() -> None:
    detection = found_in(LAYERS)
    assert detection is not None
    assert detection.metadata["producer"] == "keras v2.10.0, TensorFlow.js Converter v1.2.6"
    assert detection.metadata["architecture"] == "Functional"


def test_the_older_manifest_names_its_graph_too() -> None:
    detection = found_in([GROUP], "web_model/weights_manifest.json")
    assert detection is not None
    assert "tensorflowjs_model.pb" in detection.companions


def test_a_description_without_numbers_is_no_weight() -> None:
    for manifest in ([], None, [{"paths": [], "weights": []}]):
        detection = found_in({**LAYERS, "weightsManifest": manifest})
        assert detection is not None
        assert not detection.is_weight


def test_shards_elsewhere_are_dangerous() -> None:
    for path in ("../../secret.bin", "https://example.org/group1.bin", "/etc/passwd"):
        detection = found_in([{**GROUP, "paths": [path]}])
        assert detection is not None
        assert detection.loading.safety is LoadingSafety.DANGEROUS
        assert detection.companions == ()


def test_a_truncated_description_is_reported_and_never_called_safe() -> None:
    content = json.dumps({**LAYERS, "weightsManifest": [GROUP] * 20}).encode()
    for kept in (len(content) // 2, len(content) - 1):
        detection = found_in(content[:kept])
        assert detection is not None
        assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
        assert detection.loading.safety is LoadingSafety.UNKNOWN


@pytest.mark.parametrize(
    "document",
    [
        {"format": "graph-model", "name": "a schema"},
        {"generatedBy": "a generator of documentation", "pages": []},
        [{"paths": ["/a", "/b"], "methods": ["get"]}],
        [{"weights": [0.1, 0.2, 0.3], "labels": ["a"]}],
        {"modelTopology": "star", "nodes": 5},
        b'[{"paths": ["a.bin"], "weights": ',
        b'{"weightsManifest": [[[[',
    ],
)
def test_other_json_is_not_taken_for_it(document: object) -> None:
    assert found_in(document, "model.json") is None


@pytest.mark.parametrize("shape", [[-1], ["a"], [1.5], [2**70], [1] * 100, None])
def test_shapes_that_are_none_are_refused(shape: object) -> None:
    assert found_in([{**GROUP, "weights": [{"name": "w", "shape": shape, "dtype": "float32"}]}]) is None


def test_deep_and_endless_descriptions_are_left_in_time() -> None:
    begun = time.process_time()
    for content in (
        b'{"modelTopology": ' + b"[" * 300_000,
        b'{"modelTopology": {}, "weightsManifest": [' + b'{"paths": [], "weights": []},' * 30_000 + b"{}]}",
        b'[{"paths": [' + b'"a",' * 100_000 + b'"b"], "weights": []}]',
    ):
        found_in(content)
    assert time.process_time() - begun < 20


def test_every_cut_and_damaged_byte_gives_an_answer() -> None:
    content = json.dumps(LAYERS).encode()
    for position in range(len(content)):
        found_in(content[:position])
        found_in(content[:position] + b"\xff" + content[position + 1 :])
