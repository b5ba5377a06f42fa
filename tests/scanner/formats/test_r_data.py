"""R's saved objects: models, tables, functions and promises."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "classical"
PLAIN = (DATA / "r_lm_native.rds").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


@pytest.mark.parametrize(
    ("name", "architecture", "safety"),
    [
        ("r_lm.rds", "lm", LoadingSafety.SAFE),
        ("r_lm_bzip2.rds", "lm", LoadingSafety.SAFE),
        ("r_lm_ascii.rds", "lm", LoadingSafety.SAFE),
        ("r_lm_native.rds", "lm", LoadingSafety.SAFE),
        ("r_nnet.rds", "nnet.formula, nnet", LoadingSafety.SAFE),
        ("r_lda.rds", "lda", LoadingSafety.SAFE),
        ("r_svm.rds", "svm.formula, svm", LoadingSafety.SAFE),
        ("r_forest.RData", "randomForest.formula, randomForest", LoadingSafety.SAFE),
        ("r_glm.rds", "glm, lm", LoadingSafety.EXECUTES_CODE),
        ("r_two.RData", "lm", LoadingSafety.SAFE),
    ],
)
def test_a_model_is_told_by_its_class_however_it_was_saved(name: str, architecture: str, safety: LoadingSafety) -> None:
    for path in (name, "data.bin"):
        detection = found_in((DATA / name).read_bytes(), path)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("r-data", True, Confidence.CERTAIN)
        assert detection.metadata["architecture"] == architecture
        assert detection.metadata["producer"] == "R 4.2.2"
        assert detection.loading.safety is safety


def test_the_variables_of_a_workspace_are_named() -> None:
    detection = found_in((DATA / "r_two.RData").read_bytes())
    assert detection is not None
    assert detection.metadata["objects"] == "l, d"


def test_a_table_is_no_model() -> None:
    detection = found_in(gzip.decompress((DATA / "r_frame.rds").read_bytes()), "model.rds")
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (False, Confidence.CERTAIN)
    packed = found_in((DATA / "r_frame.rds").read_bytes(), "model.rds")
    assert packed is None or not packed.is_weight


def test_a_promise_that_calls_a_shell_is_dangerous() -> None:
    detection = found_in((DATA / "r_promise.rds").read_bytes())
    assert detection is not None
    assert (detection.is_weight, detection.loading.safety) == (True, LoadingSafety.DANGEROUS)
    assert "calls system" in detection.loading.reasons[0]


def test_a_function_runs_code_when_it_is_used() -> None:
    detection = found_in(gzip.decompress((DATA / "r_function.rds").read_bytes()))
    assert detection is not None
    assert (detection.is_weight, detection.loading.safety) == (False, LoadingSafety.EXECUTES_CODE)


def test_a_truncated_model_is_told_by_the_call_it_keeps() -> None:
    detection = found_in(PLAIN[: len(PLAIN) * 9 // 10])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert "cut off" in detection.remarks[0]
    assert detection.loading.safety is LoadingSafety.UNKNOWN


@pytest.mark.parametrize("content", [b"X\n", b"A\n2\nis a list", b"X\n\0\0\0\x03", b"RDX3\nX\n\0\0\0\x03" + bytes(12)])
def test_other_content_is_not_taken_for_a_model(content: bytes) -> None:
    detection = found_in(content, "model.rds")
    assert detection is None or not detection.is_weight


HEADER = b"X\n\0\0\0\x02\0\x04\x02\x02\0\x02\x03\0"


@pytest.mark.parametrize(
    "content",
    [
        HEADER + b"\0\0\x02\x13\0\0\0\x01" * 200_000,
        HEADER + b"\0\0\x04\x02\0\0\0\x01\0\x04\0\x09\0\0\0\x01a\0\0\0\xfe" + b"\0\0\0\x02\0\0\0\xfe" * 400_000,
        HEADER + b"\0\0\0\x10\x7f\xff\xff\xff" + b"\0\x04\0\x09\0\0\0\0" * 500_000,
        HEADER + b"\0\0\0\x0e\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff",
        HEADER + b"\0\0\0\x15\0\0\0\x01" * 100_000,
        b"A\n2\n262658\n131840\n16\n99999999\n" + b"262153\n1\na\n" * 300_000,
    ],
    ids=["deep", "long pairs", "many texts", "huge count", "bytecode", "text"],
)
def test_hostile_files_are_left_in_time(content: bytes) -> None:
    begun = time.process_time()
    found_in(content)
    assert time.process_time() - begun < 10
