"""CatBoost's models, as FlatBuffer and as JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "classical"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


@pytest.mark.parametrize(
    ("name", "parameters", "architecture"),
    [
        ("catboost.cbm", 44, "boosted trees, Logloss"),
        ("catboost_categories.cbm", 31, "boosted trees, Logloss"),
        ("catboost.json", 44, "boosted trees, Logloss"),
        ("catboost_nonsymmetric.json", 58, "boosted trees, RMSE"),
    ],
)
def test_a_model_is_told_by_its_structure_whatever_its_name(name: str, parameters: int, architecture: str) -> None:
    for path in (name, "data.bin"):
        detection = found_in((DATA / name).read_bytes(), path)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("catboost", True, Confidence.CERTAIN)
        assert detection.parameters == parameters
        assert detection.metadata["architecture"] == architecture
        assert detection.metadata["producer"] == "CatBoost v1.2.10"
        assert detection.loading.safety is LoadingSafety.SAFE


@pytest.mark.parametrize("name", ["catboost.cbm", "catboost.json"])
def test_a_truncated_model_is_reported(name: str) -> None:
    content = (DATA / name).read_bytes()
    detection = found_in(content[: len(content) * 4 // 5])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert "cut off" in detection.remarks[0]


@pytest.mark.parametrize(
    "content",
    [
        b"CBM1",
        b"CBM1" + bytes(400),
        b"CBM1" + b"\xff" * 400,
        b"CBM1 is the name of our bus line\n" * 4,
        b'{"features_info": {"title": "Features"}, "trees": []}',
        b'{"trees": [{"name": "oak"}]}',
        b'{"model_info": {"name": "T"}}',
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.cbm") is None
