"""LightGBM's models as text and as JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "classical"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


@pytest.mark.parametrize("name", ["lightgbm.txt", "lightgbm.json"])
def test_a_model_is_told_by_its_content_whatever_its_name(name: str) -> None:
    for path in (name, "data.bin"):
        detection = found_in((DATA / name).read_bytes(), path)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("lightgbm", True, Confidence.CERTAIN)
        assert detection.parameters == 4 * 9  # four trees of five leaves and four thresholds
        assert detection.metadata["trees"] == "4"
        assert detection.metadata["architecture"] == "boosted trees, binary"
        assert detection.loading.safety is LoadingSafety.SAFE


def test_a_model_of_the_first_versions_and_of_windows_is_known() -> None:
    content = (DATA / "lightgbm.txt").read_bytes()
    first = found_in(content.replace(b"version=v4\n", b"", 1))
    windows = found_in(content.replace(b"\n", b"\r\n"))
    for detection in (first, windows):
        assert detection is not None
        assert (detection.format, detection.confidence) == ("lightgbm", Confidence.CERTAIN)


def test_a_large_model_is_known_by_its_head() -> None:
    tree = b"Tree=1\nnum_leaves=5\nleaf_value=0 0 0 0 0\n\n"
    content = (DATA / "lightgbm.txt").read_bytes().replace(b"end of trees", tree * 130_000 + b"end of trees")
    detection = found_in(content)
    assert detection is not None
    assert (detection.is_weight, detection.confidence, detection.parameters) == (True, Confidence.CERTAIN, None)
    assert "larger" in detection.remarks[0]


@pytest.mark.parametrize("name", ["lightgbm.txt", "lightgbm.json"])
def test_a_truncated_model_is_reported(name: str) -> None:
    detection = found_in((DATA / name).read_bytes()[:2000])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert "cut off" in detection.remarks[0]


@pytest.mark.parametrize(
    "content",
    [
        b"tree\nversion=v1 of our drawing of the tree\n",
        b"tree\nnum_class=12 pupils\n",
        b'{"name": "tree", "version": "1.0.0", "dependencies": {"leaf": "1"}}',
        b'{"name": "tree", "version": "2", "feature_names": ["a"]}',
    ],
)
def test_other_trees_are_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.txt") is None
