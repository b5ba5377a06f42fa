"""Lite interpreter models as FlatBuffers, made by PyTorch, whole, damaged and hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

CONTENT = (Path(__file__).parent / "data" / "lite_flatbuffer.ptl").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def test_a_model_is_told_by_its_structure_whatever_its_name() -> None:
    detection = found_in(CONTENT)
    assert detection is not None
    assert (detection.format, detection.is_weight) == ("pytorch-mobile", True)
    assert (detection.confidence, detection.loading.safety) == (Confidence.CERTAIN, LoadingSafety.EXECUTES_CODE)
    assert (detection.parameters, detection.tensors) == (178, 4)


def test_an_operator_that_writes_files_is_dangerous() -> None:
    detection = found_in(CONTENT.replace(b"\x0a\0\0\0aten::relu", b"\x0a\0\0\0aten::save"))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS
    assert "aten::save" in detection.loading.reasons[0]


@pytest.mark.parametrize("kept", [70, 400, 2000, 5000])
def test_a_truncated_file_is_reported_not_raised(kept: int) -> None:
    detection = found_in(CONTENT[:kept])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert detection.loading.safety is LoadingSafety.UNKNOWN


@pytest.mark.parametrize("content", [b"abcdPTMF", b"\0\0\0\0PTMF" + bytes(90), b"PTMF" * 20])
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.ptl") is None


def test_every_cut_and_change_gives_an_answer() -> None:
    for place in range(8, len(CONTENT), 11):
        found_in(CONTENT[:place])
        found_in(CONTENT[:place] + b"\xff" + CONTENT[place + 1 :])
