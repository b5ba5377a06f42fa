"""Models in ONNX Runtime's own format, made by its own tool."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

REAL = (Path(__file__).parent / "data" / "tiny.ort").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def test_a_model_is_told_by_its_structure_whatever_its_name() -> None:
    detection = found_in(REAL)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("ort", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (4, 437)
    assert detection.metadata == {"version": "6", "producer": "edge", "dtypes": "FLOAT (4)"}
    assert detection.loading.safety is LoadingSafety.SAFE


@pytest.mark.parametrize("content", [b"abcdORTM", b"\x20\0\0\0ORTM" + bytes(8), b"\0\0\0\0ORTM" + bytes(90)])
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.ort") is None


def test_a_cut_or_damaged_model_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    cut = found_in(REAL[:2000])
    assert cut is not None
    assert (cut.confidence, cut.loading.safety) == (Confidence.PROBABLE, LoadingSafety.UNKNOWN)
    damaged_everywhere(REAL)
