"""XGBoost's boosters in JSON, binary JSON, the binary of old and as dumps."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "classical"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


@pytest.mark.parametrize(
    ("name", "identifier", "parameters", "architecture"),
    [
        ("xgboost.json", "xgboost", 44, "boosted trees, binary:logistic"),
        ("xgboost.ubj", "xgboost", 44, "boosted trees, binary:logistic"),
        ("xgboost_serialized.ubj", "xgboost", 44, "boosted trees, binary:logistic"),
        ("xgboost_linear.ubj", "xgboost", 5, "linear booster, reg:squarederror"),
        ("xgboost_old.model", "xgboost-legacy", 44, "boosted trees, binary:logistic"),
        ("xgboost_old_linear.model", "xgboost-legacy", 5, "linear booster, reg:squarederror"),
        ("xgboost_dump.txt", "xgboost-dump", 44, "boosted trees"),
        ("xgboost_dump.json", "xgboost-dump", 44, "boosted trees"),
        ("xgboost_linear_dump.txt", "xgboost-dump", 5, "linear booster"),
    ],
)
def test_a_booster_is_told_by_its_structure_whatever_its_name(
    name: str, identifier: str, parameters: int, architecture: str
) -> None:
    for path in (name, "data.bin"):
        detection = found_in((DATA / name).read_bytes(), path)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == (
            identifier, True, Confidence.CERTAIN)  # fmt: skip
        assert detection.parameters == parameters
        assert detection.metadata["architecture"] == architecture
        assert detection.loading.safety is LoadingSafety.SAFE


def test_a_booster_is_known_when_its_keys_are_laid_out_for_people_in_another_order() -> None:
    model = json.loads((DATA / "xgboost.json").read_bytes())
    laid_out = json.dumps({"version": model["version"], "learner": model["learner"]}, indent=2).encode()
    detection = found_in(laid_out)
    assert detection is not None
    assert (detection.confidence, detection.parameters) == (Confidence.CERTAIN, 44)


def test_a_booster_larger_than_the_head_is_known_by_its_head_and_its_tail() -> None:
    model = json.loads((DATA / "xgboost.json").read_bytes())
    model["learner"]["gradient_booster"]["model"]["trees"] *= 40
    detection = found_in(json.dumps(model, separators=(",", ":")).encode())
    assert detection is not None
    assert (detection.confidence, detection.parameters) == (Confidence.CERTAIN, 44 * 40)
    assert detection.metadata["producer"] == "XGBoost 3.2.0"


def test_the_names_of_many_features_do_not_hide_the_booster() -> None:
    model = json.loads((DATA / "xgboost.json").read_bytes())
    model["learner"]["feature_names"] = [f"a feature with a long name {number}" for number in range(4000)]
    detection = found_in(json.dumps(model).encode())
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.CERTAIN)


def test_the_settings_of_a_booster_are_no_weights() -> None:
    detection = found_in((DATA / "xgboost_config.json").read_bytes(), "booster.json")
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (False, Confidence.CERTAIN)


def test_the_oldest_binary_without_its_mark_and_in_base64_is_known() -> None:
    content = (DATA / "xgboost_old.model").read_bytes()
    bare, text = found_in(content[4:]), found_in(b"bs64\t" + base64.b64encode(content[4:]) + b"\n")
    assert bare is not None
    assert (bare.format, bare.confidence, bare.parameters) == ("xgboost-legacy", Confidence.CERTAIN, 44)
    assert text is not None
    assert (text.format, text.is_weight) == ("xgboost-legacy", True)


@pytest.mark.parametrize(
    "content",
    [
        b'{"version": [1, 2, 3], "learner": {"rate": 0.1}}',
        b'{"learner": {"name": "ada", "epochs": 3}}',
        b'{"learner": [1, 2, 3]}',
        b"{L\0\0\0\0\0\0\0\x07learner{L\0\0\0\0\0\0\0\x01aZ}}",
        b"booster[0]:\nis the first of our rockets\n",
        b'[{"nodeid": 0, "name": "root"}]',
        b"binf" + bytes(200),
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.ubj") is None


@pytest.mark.parametrize("name", ["xgboost.json", "xgboost.ubj", "xgboost_old.model"])
def test_a_truncated_file_is_reported_not_raised(name: str) -> None:
    content = (DATA / name).read_bytes()
    detection = found_in(content[: len(content) * 3 // 4])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert "cut off" in detection.remarks[0]


@pytest.mark.parametrize(
    "content",
    [
        b'{"learner":{"gradient_booster":{"model":' + b'{"a":[' * 10_000,
        b'{"learner":{"gradient_booster":{"model":{"weights":[' + b"1," * 3_000_000,
        b"{L\0\0\0\0\0\0\0\x07learner{" + b"L\0\0\0\0\0\0\0\x01a{" * 100_000,
        b"{L\0\0\0\0\0\0\0\x07learner{" + b"i\x01aZ" * 1_000_000,
        b"{L\0\0\0\0\0\0\0\x07learner[#L\x7f\xff\xff\xff\xff\xff\xff\xffZ",
        b"booster[0]:\n0:leaf=" + b"0" * 5_000_000,
    ],
    ids=["deep", "long list", "deep binary", "many keys", "huge count", "one long line"],
)
def test_hostile_files_are_left_in_time(content: bytes) -> None:
    begun = time.process_time()
    found_in(content)
    assert time.process_time() - begun < 5
