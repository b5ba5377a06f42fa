"""Word vectors in the binary form of word2vec, and what is like them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "language"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


VECTORS = (DATA / "vectors.w2v").read_bytes()


def test_vectors_are_told_by_their_words_and_numbers() -> None:
    for name in ("vectors.w2v", "data.bin", "notes.txt"):
        detection = found_in(VECTORS, name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("word2vec", True, Confidence.CERTAIN)
        assert detection.parameters == 288
        assert detection.metadata["words"] == "24"
        assert detection.loading.safety is LoadingSafety.SAFE


def test_the_original_program_ends_each_vector_with_a_line_end() -> None:
    rng = np.random.default_rng(0)
    entries = b"".join(b"word%d " % n + rng.normal(size=50).astype("<f4").tobytes() + b"\n" for n in range(30))
    detection = found_in(b"30 50\n" + entries)
    assert detection is not None
    assert detection.confidence is Confidence.CERTAIN


def test_vectors_that_are_cut_off_say_so() -> None:
    detection = found_in(VECTORS[:-200])
    assert detection is not None
    assert (detection.confidence, detection.parameters) == (Confidence.PROBABLE, None)


def test_other_files_with_two_numbers_on_their_first_line_are_none() -> None:
    integers = np.arange(3000, dtype="<i4").tobytes()
    assert found_in(b"24 12\n" + b"word " * 600) is None
    assert found_in(b"24 12\n" + integers) is None
    assert found_in(b"640 480\n" + bytes(3000)) is None
    assert found_in(b"24 12\n") is None


def test_a_width_that_no_vector_has_is_left_in_time() -> None:
    assert found_in(b"999999999 99999\na " + bytes(500_000)) is None
