"""Data files of ExecuTorch, whole, damaged and hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

CONTENT = (Path(__file__).parent / "data" / "external.ptd").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def test_a_data_file_is_told_by_its_structure_whatever_its_name() -> None:
    detection = found_in(CONTENT)
    assert detection is not None
    assert (detection.format, detection.is_weight) == ("executorch-data", True)
    assert (detection.confidence, detection.loading.safety) == (Confidence.CERTAIN, LoadingSafety.SAFE)
    assert (detection.parameters, detection.tensors) == (178, 4)
    assert detection.metadata == {"dtypes": "float32 (4)"}


@pytest.mark.parametrize("kept", [80, 300, 600, len(CONTENT) - 600])
def test_a_truncated_file_is_reported_not_raised(kept: int) -> None:
    detection = found_in(CONTENT[:kept])
    assert detection is not None
    assert (detection.is_weight, len(detection.remarks)) == (True, 1)


@pytest.mark.parametrize("content", [b"abcdFT01FH01", b"\0\0\0\0FT01FH01" + bytes(90), b"FT01" * 20])
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.ptd") is None


def test_every_cut_and_change_gives_an_answer() -> None:
    for place in range(12, len(CONTENT), 5):
        found_in(CONTENT[:place])
        for byte in (0x00, 0x7F, 0xFF):
            found_in(CONTENT[:place] + bytes([byte]) + CONTENT[place + 1 :])
