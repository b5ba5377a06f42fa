"""Models that Espressif's tools quantised."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

REAL = (Path(__file__).parent / "data" / "tiny.espdl").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def test_a_model_is_told_by_its_tables_whatever_its_name() -> None:
    detection = found_in(REAL)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("espdl", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (1, 12)
    assert detection.metadata == {"producer": "esp-ppq 1.2", "dtypes": "INT8 (1)"}
    assert detection.loading.safety is LoadingSafety.SAFE


def test_an_encrypted_model_is_unknown_not_safe() -> None:
    detection = found_in(b"EDL2\1\0\0\0" + REAL[8:16] + b"\x5a" * 200)
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert detection.loading.safety is LoadingSafety.UNKNOWN


@pytest.mark.parametrize("content", [b"EDL2 " * 30, b"EDL9" + bytes(90)])
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.espdl") is None


def test_a_damaged_model_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(REAL)
