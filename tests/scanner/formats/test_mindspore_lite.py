"""Models of MindSpore Lite."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

REAL = (Path(__file__).parent / "data" / "tiny.ms").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def test_a_model_is_told_by_its_tables_whatever_its_name() -> None:
    detection = found_in(REAL)
    assert detection is not None
    assert (detection.format, detection.is_weight) == ("mindspore-lite", True)
    assert (detection.confidence, detection.tensors, detection.parameters) == (Confidence.CERTAIN, 1, 12)
    assert detection.metadata == {"name": "tiny", "producer": "MindSpore Lite 2.3.0", "dtypes": "float32 (1)"}
    assert detection.loading.safety is LoadingSafety.SAFE


@pytest.mark.parametrize("content", [b"abcdMSL2" + b" " * 90, b"\0\0\0\0MSL2" + bytes(90)])
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.ms") is None


def test_a_damaged_model_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    cut = found_in(REAL[:200])
    assert cut is not None
    assert (cut.confidence, cut.parameters) == (Confidence.PROBABLE, None)
    damaged_everywhere(REAL)
