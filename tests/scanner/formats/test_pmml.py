"""PMML: trained models as XML."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

CATBOOST = (Path(__file__).parent / "data" / "classical" / "catboost.pmml").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def test_a_model_is_told_by_its_root_and_its_elements() -> None:
    for name in ("model.pmml", "data.bin"):
        detection = found_in(CATBOOST, name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("pmml", True, Confidence.CERTAIN)
        assert detection.metadata["architecture"] == "MiningModel, TreeModel"
        assert detection.metadata["producer"] == "CatBoost (PMML 4.3)"
        assert detection.loading.safety is LoadingSafety.SAFE


def test_a_namespace_and_a_comment_before_the_root_are_no_hindrance() -> None:
    content = (
        b'<?xml version="1.0"?>\n<!-- made by hand -->\n<p:PMML xmlns:p="http://www.dmg.org/PMML-4_4" version="4.4">'
        b'<p:Header copyright="Example"/><p:RegressionModel functionName="regression"></p:RegressionModel></p:PMML>\n'
    )
    detection = found_in(content)
    assert detection is not None
    assert (detection.confidence, detection.metadata["copyright"]) == (Confidence.CERTAIN, "Example")


def test_a_truncated_model_is_reported() -> None:
    detection = found_in(CATBOOST[:6000])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert "cut off" in detection.remarks[0]


@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0"?><PMML version="4.4"><DataDictionary/></PMML>',
        b'<?xml version="1.0"?><html><TreeModel/></html>',
        b"<PMMLX><TreeModel/></PMMLX>",
    ],
)
def test_other_xml_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.pmml") is None


def test_a_hostile_file_is_left_in_time() -> None:
    begun = time.process_time()
    found_in(b"<PMML " + b"<!--" * 800_000)
    found_in(b'<PMML version="4"><TreeModel ' + b'copyright="' * 300_000)
    assert time.process_time() - begun < 5
