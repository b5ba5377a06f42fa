"""Networks of MNN, which have no mark: their tables must hold together."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data"
REAL = (DATA / "tiny.mnn").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def test_a_network_is_told_by_its_structure_whatever_its_name() -> None:
    detection = found_in(REAL)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("mnn", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (4, 437)
    assert detection.metadata["producer"] == "MNN, from ONNX"
    assert detection.loading.safety is LoadingSafety.SAFE


@pytest.mark.parametrize(
    "content",
    [
        bytes(4096),
        struct.pack("<I", 32) + bytes(range(256)) * 8,
        struct.pack("<IHHHH", 12, 8, 8, 4, 4) + struct.pack("<i", 8) + bytes(400),
        struct.pack("<128I", *range(32, 160)),
    ],
)
def test_tables_of_other_kinds_are_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.mnn") is None


def test_flatbuffers_of_other_formats_are_left_to_them() -> None:
    for name in ("dense.tflite", "tiny.ort"):
        detection = found_in((DATA / name).read_bytes())
        assert detection is not None
        assert detection.format != "mnn"


def test_a_damaged_network_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(REAL)


@pytest.mark.parametrize("part", [0.25, 0.5, 0.75, 0.95])
def test_a_network_that_is_cut_off_is_still_one(part: float) -> None:
    detection = found_in(REAL[: int(len(REAL) * part)])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert detection.remarks == ("It is cut off: not all of its operators are there.",)
    assert detection.parameters is None


def test_other_flatbuffers_that_are_cut_off_are_none() -> None:
    for name in ("dense.tflite", "tiny.ort"):
        content = (DATA / name).read_bytes()
        detection = found_in(content[: len(content) // 2].replace(content[4:8], bytes(4), 1))
        assert detection is None or detection.format != "mnn"
