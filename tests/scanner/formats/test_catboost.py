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


CPP = b"""#include <string>
#include <vector>

/* Model data */
static const struct CatboostModel {
    CatboostModel() = default;
    unsigned int FloatFeatureCount = 2;
    unsigned int TreeCount = 1;
    std::vector<std::vector<float>> FloatFeatureBorders = {{0.888256192}, {-0.684338689}};
    float Borders[2] = {0.888256192f, -0.684338689f};
    double LeafValues[4][1] = {
        {-0.2371693095192313}, {0.08204424439948828},
        {1.5e-05}, {0}
    };
    double Scale = 1;
} CatboostModelStatic;
"""
PYTHON = b"""###  Model data
class catboost_model(object):
    float_feature_count = 2
    tree_count = 1
    float_feature_borders = [
        [0.888256192],
        [-0.684338689]
    ]
    leaf_values = [
        -0.2371693095192313, 0.08204424439948828,
        0.2208034454257965, -0.2728280520886377
    ]
    scale = 1
"""


@pytest.mark.parametrize("source", [CPP, PYTHON], ids=["C++", "Python"])
def test_a_model_as_source_code_is_told_by_its_own_words(source: bytes) -> None:
    for path in ("model.txt", "data.bin"):
        detection = found_in(source, path)
        assert detection is not None
        assert (detection.format, detection.confidence) == ("catboost-source", Confidence.PROBABLE)
        assert (detection.is_weight, detection.parameters, detection.metadata["trees"]) == (True, 4, "1")
        assert detection.loading.safety is LoadingSafety.EXECUTES_CODE


def test_source_code_that_uses_a_model_of_catboost_is_none() -> None:
    uses = b"#include <vector>\nextern struct CatboostModel Static;\nvoid ask(const CatboostModel& model);\n"
    assert found_in(uses * 20) is None
    assert found_in(b"from catboost import CatBoostClassifier\ncatboost_model = CatBoostClassifier()\n" * 20) is None


@pytest.mark.parametrize("source", [CPP, PYTHON], ids=["C++", "Python"])
def test_source_code_that_is_cut_gives_an_answer(source: bytes) -> None:
    for end in range(0, len(source), 9):
        found_in(source[:end])
    cut = found_in(source[:-60])
    assert cut is not None
    assert cut.remarks == ("It is cut off: its leaves do not end.",)
