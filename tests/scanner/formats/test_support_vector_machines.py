"""Models of LIBSVM, LIBLINEAR and SVM-light as their programs write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "classical"
SVMLIGHT = b"""SVM-light Version V6.02
0 # kernel type
3 # kernel parameter -d
1 # kernel parameter -g
1 # kernel parameter -s
1 # kernel parameter -r
empty# kernel parameter -u
2 # highest feature index
3 # number of training documents
3 # number of support vectors plus 1
0.5 # threshold b, each following line is a SV (starting with alpha*y)
0.25 1:0.5 2:1 #
-0.25 1:-0.5 2:-1 #
"""
"""Laid out as write_model of SVM-light prints it."""


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


@pytest.mark.parametrize(
    ("content", "identifier", "parameters", "architecture"),
    [
        ((DATA / "libsvm.model").read_bytes(), "libsvm", 9, "c_svc, rbf kernel"),
        ((DATA / "liblinear.model").read_bytes(), "liblinear", 2, "linear model, L2R_L2LOSS_SVC_DUAL"),
        (SVMLIGHT, "svmlight", 6, "support vector machine, linear kernel"),
    ],
    ids=["libsvm", "liblinear", "svmlight"],
)
def test_a_model_is_told_by_its_content_also_with_the_ends_of_lines_of_windows(
    content: bytes, identifier: str, parameters: int, architecture: str
) -> None:
    for written in (content, content.replace(b"\n", b"\r\n")):
        detection = found_in(written)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == (
            identifier, True, Confidence.CERTAIN)  # fmt: skip
        assert (detection.parameters, detection.metadata["architecture"]) == (parameters, architecture)
        assert detection.loading.safety is LoadingSafety.SAFE
    cut = found_in(content[: len(content) * 9 // 10])
    assert cut is not None
    assert cut.parameters is None or cut.confidence is Confidence.CERTAIN


@pytest.mark.parametrize("name", ["libsvm.model", "liblinear.model"])
def test_a_truncated_model_is_reported(name: str) -> None:
    content = (DATA / name).read_bytes()
    detection = found_in(content[: content.rfind(b"\n", 0, -2)])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert "cut off" in detection.remarks[0]


@pytest.mark.parametrize(
    "content",
    [
        b"svm_type c_svc\nis the name of our parameter\n",
        b"svm_type c_svc\nkernel_type \n",
        b"solver_type L2R_LR\nnr_class two\n",
        b"SVM-light Version V6.02\n0 is what we use\n",
        b"1 1:0.5 2:1\n-1 1:-0.5 2:-1\n",
    ],
)
def test_other_texts_and_training_data_are_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "svm.model") is None


def test_a_large_model_is_known_by_its_head() -> None:
    content = (DATA / "libsvm.model").read_bytes().replace(b"SV\n", b"SV\n" + b"0.5 1:0.5 2:1 \n" * 300_000)
    detection = found_in(content)
    assert detection is not None
    assert (detection.confidence, detection.parameters) == (Confidence.CERTAIN, None)
