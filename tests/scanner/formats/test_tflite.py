"""A TensorFlow Lite model that the runtime loads, whole, damaged and hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LicenseStatement, LoadingSafety

DENSE = (Path(__file__).parent / "data" / "dense.tflite").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def test_a_model_is_told_by_its_structure_whatever_its_name() -> None:
    detection = found_in(DENSE, "renamed.txt")
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("tflite", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (2, 10)
    assert detection.metadata["dtypes"] == "FLOAT32 (2)"
    assert detection.metadata["name"] == "Tiny"
    assert detection.loading.safety is LoadingSafety.SAFE


def test_the_licence_is_read_from_its_metadata() -> None:
    detection = found_in(DENSE)
    assert detection is not None
    assert detection.licenses == (LicenseStatement("license", "Apache-2.0"),)


@pytest.mark.parametrize("kept", [64, 200, 400, 600, 700])
def test_a_truncated_file_is_reported_not_raised(kept: int) -> None:
    detection = found_in(DENSE[:kept])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert "damaged or cut off" in detection.remarks[0]
    assert detection.loading.safety is LoadingSafety.UNKNOWN


@pytest.mark.parametrize("content", [b"abcdTFL3", b"\x1c\0\0\0TFL3", b"TFL3" * 4, b"\0\0\0\0TFL3" + bytes(90)])
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.tflite") is None


def test_every_damaged_byte_gives_an_answer() -> None:
    for position in range(8, len(DENSE)):
        for byte in (0x00, 0x7F, 0xFF):
            detection = found_in(DENSE[:position] + bytes([byte]) + DENSE[position + 1 :])
            assert detection is None or detection.format == "tflite"


def test_a_graph_that_holds_nothing_but_shapes_is_no_weight() -> None:
    detection = found_in((Path(__file__).parent / "data" / "reshape.tflite").read_bytes())
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (False, Confidence.CERTAIN)
    assert (detection.tensors, detection.metadata["dtypes"]) == (1, "INT32 (1)")
