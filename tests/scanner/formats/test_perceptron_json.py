"""NLTK's averaged perceptron."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

TAGGER = (Path(__file__).parent / "data" / "classical" / "nltk_perceptron.json").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def test_a_tagger_is_told_by_its_features_and_tags() -> None:
    for name in ("averaged_perceptron_tagger_eng.weights.json", "data.bin"):
        detection = found_in(TAGGER, name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == (
            "perceptron-json", True, Confidence.CERTAIN)  # fmt: skip
        assert (detection.parameters, detection.metadata["tags"]) == (104, "X, Y, Z")
        assert detection.loading.safety is LoadingSafety.SAFE


def test_a_truncated_tagger_is_reported() -> None:
    detection = found_in(TAGGER[:1500])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)


@pytest.mark.parametrize(
    "content",
    [
        b'{"bias": {"X": 1}}',
        b'{"bias": {"left": 0.5, "right": 0.5}, "colour": {"r": 1, "g": 2, "b": 3, "a": 4}, "n": {"a": 1, "b": 2}}',
        b'{"i word": {"a": "noun"}}',
        b'{"i suffix a": {"X": 1, ' * 20_000,
    ],
)
def test_other_json_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "weights.json") is None
