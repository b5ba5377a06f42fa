"""Core ML: networks and programs that coremltools wrote, their numbers, and what Xcode compiles them to."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LicenseStatement, LoadingSafety
from tests.scanner.formats.protobuf import field

DATA = Path(__file__).parent / "data"
NETWORK = (DATA / "network.mlmodel").read_bytes()
PROGRAM = (DATA / "program.mlmodel").read_bytes()
WEIGHTS = (DATA / "program_weight.bin").read_bytes()
MANIFEST = (DATA / "coreml_manifest.json").read_bytes()
ESPRESSO = json.dumps(
    {
        "storage": "model.espresso.weights",
        "analyses": {},
        "properties": {},
        "format_version": 200,
        "metadata_in_weights": [],
        "layers": [{"type": "inner_product", "name": "a"}],
    }
).encode()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def blobs(*sizes: int) -> bytes:
    table = b"".join(struct.pack("<QQ", 2 * number + 1, size) for number, size in enumerate(sizes))
    return (
        struct.pack("<Q", len(sizes))
        + table
        + b"".join(bytes([number + 1]) * size for number, size in enumerate(sizes))
    )


def test_the_numbers_of_a_network_are_counted() -> None:
    detection = found_in(NETWORK)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("coreml", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (2, 15)
    assert detection.metadata == {"architecture": "neural network", "author": "tests", "dtypes": "float32 (2)"}
    assert detection.licenses == (LicenseStatement("license", "MIT"),)
    assert detection.loading.safety is LoadingSafety.SAFE


def test_a_program_names_the_file_of_its_numbers() -> None:
    detection = found_in(PROGRAM, "Data/com.apple.CoreML/model.mlmodel")
    assert detection is not None
    assert (detection.is_weight, detection.companions) == (True, ("weights/weight.bin",))


def test_a_program_that_reaches_out_of_its_package_is_dangerous() -> None:
    detection = found_in(PROGRAM.replace(b"@model_path/weights/weight.bin", b"@model_path/../../secrets2.bin"))
    assert detection is not None
    assert (detection.loading.safety, detection.companions) == (LoadingSafety.DANGEROUS, ())


def test_the_file_of_numbers_is_told_whatever_its_name() -> None:
    detection = found_in(WEIGHTS)
    assert detection is not None
    assert (detection.format, detection.confidence) == ("coreml", Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (1, 12)


@pytest.mark.parametrize(
    ("kind", "is_weight", "safety"),
    [(900, False, LoadingSafety.SAFE), (500, False, LoadingSafety.SAFE), (555, True, LoadingSafety.EXECUTES_CODE)],
    ids=["identity", "network without layers", "custom"],
)
def test_models_without_trained_numbers_are_no_weights(kind: int, is_weight: bool, safety: LoadingSafety) -> None:
    detection = found_in(b"\x08\x04" + field(2, b"") + field(kind, b""))
    assert detection is not None
    assert (detection.is_weight, detection.loading.safety) == (is_weight, safety)


def test_the_models_of_a_pipeline_are_counted() -> None:
    start = b"\x08\x04" + field(2, b"")
    identity = start + field(900, b"")
    detection = found_in(start + field(202, field(1, identity)))
    assert detection is not None
    assert not detection.is_weight
    detection = found_in(start + field(200, field(1, field(1, identity) + field(1, NETWORK))))
    assert detection is not None
    assert (detection.is_weight, detection.parameters) == (True, 15)


def test_pipelines_within_pipelines_are_followed_to_a_depth() -> None:
    content = b"\x08\x04" + field(900, b"")
    for _ in range(50):
        content = b"\x08\x04" + field(202, field(1, content))
    detection = found_in(content[:2] + field(2, b"") + content[2:])
    assert detection is not None
    assert (detection.is_weight, detection.loading.safety) == (True, LoadingSafety.UNKNOWN)


def test_a_package_lists_its_files() -> None:
    detection = found_in(MANIFEST, "tiny.mlpackage/Manifest.json")
    assert detection is not None
    assert (detection.format, detection.is_weight) == ("coreml-compiled", False)
    assert set(detection.companions) == {"Data/com.apple.CoreML/weights/", "Data/com.apple.CoreML/model.mlmodel"}


def test_a_compiled_network_names_its_numbers() -> None:
    detection = found_in(ESPRESSO, "tiny.mlmodelc/model.espresso.net")
    assert detection is not None
    assert (detection.format, detection.is_weight) == ("coreml-compiled", False)
    assert detection.companions == ("model.espresso.weights",)
    assert detection.loading.safety is LoadingSafety.SAFE
    custom = found_in(ESPRESSO.replace(b"inner_product", b"custom"))
    assert custom is not None
    assert custom.loading.safety is LoadingSafety.EXECUTES_CODE


def test_a_compiled_program_names_its_numbers() -> None:
    text = b'program(1.0)\n{\n    func main<ios15>(tensor<fp32, [1, 4]> x) {\n  val = tensor<fp16, [3, 4]>(BLOBFILE(path = tensor<string, []>("@model_path/weights/weight.bin"), offset = 64))'  # noqa: E501
    detection = found_in(text, "model.mil")
    assert detection is not None
    assert (detection.is_weight, detection.companions) == (False, ("weights/weight.bin",))


def test_a_table_of_blobs_adds_up_to_its_file() -> None:
    for name, confidence in (("data.bin", Confidence.CERTAIN), ("model.espresso.weights", Confidence.CERTAIN)):
        detection = found_in(blobs(64, 256, 32), name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("coreml-compiled", True, confidence)
        assert detection.tensors == 3
    short = found_in(blobs(64))
    assert short is not None
    assert short.confidence is Confidence.POSSIBLE


@pytest.mark.parametrize(
    "content",
    [
        blobs(64, 256, 32) + b"\0",
        struct.pack("<QQQ", 3, 0, 0) + bytes(64),
        b'{"fileFormatVersion": "1.0.0", "items": []}',
        b'{"storage": "x", "layers": {}, "format_version": 1}',
        b"program(1) is how a play begins",
        b"\x08\x04\x12\x00\x1a\x00",
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content) is None


@pytest.mark.parametrize("content", [NETWORK, PROGRAM, WEIGHTS, MANIFEST, ESPRESSO, blobs(64, 256, 32)])
def test_damaged_files_get_an_answer(content: bytes, damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(content)
