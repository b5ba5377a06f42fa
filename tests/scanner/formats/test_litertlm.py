"""Language models for phones: a list of sections, of which some hold trained numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LicenseStatement, LoadingSafety

REAL = (Path(__file__).parent / "data" / "tiny.litertlm").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def test_a_model_is_told_by_its_sections_whatever_its_name() -> None:
    detection = found_in(REAL)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("litertlm", True, Confidence.CERTAIN)
    assert detection.metadata["sections"] == "SentencePiece tokenizer (1), TensorFlow Lite (1)"
    assert (detection.metadata["version"], detection.metadata["author"]) == ("1.4.0", "tests")
    assert detection.licenses == (LicenseStatement("License", "Apache-2.0"),)
    assert detection.loading.safety is LoadingSafety.SAFE


def test_a_section_beyond_the_end_is_damage() -> None:
    detection = found_in(REAL[:-1])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)


@pytest.mark.parametrize("content", [b"LITERTLM is a format for language models" * 2, b"LITERTLM"])
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.litertlm") is None


def test_a_damaged_model_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(REAL[:700])
