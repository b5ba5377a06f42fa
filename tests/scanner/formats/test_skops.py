"""skops' dumps: what is in them, and which types they ask for."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "classical"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "parameters", "architecture"),
    [
        ("skops_tree.skops", 9, "sklearn.tree._classes.DecisionTreeClassifier"),
        ("skops_logistic.skops", 5, "sklearn.linear_model._logistic.LogisticRegression"),
    ],
)
def test_an_estimator_of_trusted_types_is_safe(name: str, parameters: int, architecture: str) -> None:
    for path in (name, "data.bin"):
        detection = found_in((DATA / name).read_bytes(), path)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("skops", True, Confidence.CERTAIN)
        assert (detection.parameters, detection.metadata["architecture"]) == (parameters, architecture)
        assert detection.metadata["producer"] == "skops 0.16.0"
        assert detection.loading.safety is LoadingSafety.SAFE


def test_a_type_that_skops_does_not_trust_is_named() -> None:
    detection = found_in((DATA / "skops_mine.skops").read_bytes())
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.CERTAIN)
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE
    assert "__main__.Mine" in detection.loading.reasons[0]


def test_a_dump_that_asks_for_a_shell_is_dangerous() -> None:
    detection = found_in((DATA / "skops_shell.skops").read_bytes())
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS
    assert "system" in detection.loading.reasons[0]


def test_a_builtin_that_runs_text_is_dangerous_though_builtins_are_trusted() -> None:
    schema = {"__class__": "eval", "__module__": "builtins", "__loader__": "TypeNode"}
    detection = found_in(zipped(schema__json=json.dumps(schema).encode()))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS


def test_settings_saved_by_skops_are_no_weights() -> None:
    detection = found_in((DATA / "skops_config.skops").read_bytes(), "model.skops")
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (False, Confidence.CERTAIN)


@pytest.mark.parametrize("schema", [b"{}", b'{"type": "object"}', b"[]", b""])
def test_a_zip_with_a_schema_of_other_things_is_not_taken_for_it(schema: bytes) -> None:
    assert found_in(zipped(schema__json=schema), "model.skops") is None


@pytest.mark.parametrize(
    "schema",
    [
        b'{"__loader__": "ObjectNode"',
        b'{"__loader__": ' + b"[" * 100_000,
        b'{"__loader__": 1, "content": [' + b"{}," * 3_000_000 + b"{}]}",
        b'{"__loader__": {"a": 1}, "__class__": [], "__module__": null}',
    ],
    ids=["cut", "deep", "long", "odd types"],
)
def test_a_hostile_schema_gives_an_answer_that_is_not_safe(schema: bytes) -> None:
    detection = found_in(zipped(schema__json=schema))
    assert detection is not None
    assert detection.loading.safety is not LoadingSafety.SAFE
