"""Models that fastText trained, plain and quantized, whole, cut and hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "language"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


@pytest.mark.parametrize(
    ("name", "architecture", "parameters"),
    [
        ("fasttext-labels.bin", "supervised classifier", 308),
        ("fasttext-labels.ftz", "supervised classifier", 1208),
        ("fasttext-subwords.bin", "skip-gram", 660),
    ],
)
def test_a_model_is_told_by_its_structure_whatever_its_name(name: str, architecture: str, parameters: int) -> None:
    for path in (name, "data.bin"):
        detection = found_in((DATA / name).read_bytes(), path)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("fasttext", True, Confidence.CERTAIN)
        assert (detection.parameters, detection.tensors) == (parameters, 2)
        assert detection.metadata["architecture"] == architecture
        assert detection.loading.safety is LoadingSafety.SAFE


def test_a_model_that_is_cut_in_its_matrices_says_so() -> None:
    content = (DATA / "fasttext-labels.bin").read_bytes()
    detection = found_in(content[:-10])
    assert detection is not None
    assert detection.confidence is Confidence.PROBABLE
    assert "cut off" in detection.remarks[0]


def test_a_file_that_only_begins_with_the_same_number_is_none() -> None:
    assert found_in(b"\xba\x16O/\x0c\0\0\0" + bytes(4096)) is None
    assert found_in(b"\xba\x16O/\x0c\0\0\0" + b"\xff" * 4096) is None


def test_a_dictionary_that_promises_two_billion_words_is_left_in_time() -> None:
    content = bytearray((DATA / "fasttext-labels.bin").read_bytes())
    content[64:76] = b"\xff\xff\xff\x7f\xff\xff\xff\x7f\0\0\0\0"
    detection = found_in(bytes(content) + b"a\0\x01\0\0\0\0\0\0\0\0" * 100_000)
    assert detection is not None
    assert detection.parameters is None


def old_form(content: bytes) -> bytes:
    """A plain model as the program wrote it in its first months: no mark, no pruning, no flags before the matrices."""
    words = content[64 + 28 :]
    position = 0
    for _ in range(int.from_bytes(content[64:68], "little")):
        position = words.index(b"\0", position) + 10
    rows, columns = (int.from_bytes(words[position + at : position + at + 8], "little") for at in (1, 9))
    second = position + 17 + 4 * rows * columns
    return content[8:84] + words[:position] + words[position + 1 : second] + words[second + 1 :]


def test_models_of_the_first_months_have_no_mark_and_are_told_by_their_matrices() -> None:
    content = old_form((DATA / "fasttext-subwords.bin").read_bytes())
    detection = found_in(content)
    assert detection is not None
    assert (detection.format, detection.confidence, detection.parameters) == ("fasttext", Confidence.CERTAIN, 660)
    assert found_in(content[:-10]) is None
    assert found_in(content[:40] + bytes(2000)) is None
