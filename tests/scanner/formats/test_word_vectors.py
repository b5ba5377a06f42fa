"""Word vectors as text, and tables, meshes and logs that look like them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "language"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def rows(labels: list[str], dimensions: int, *, shift: float = 0.0, form: str = "%.5f") -> bytes:
    """Lines of a label and random numbers."""
    rng = np.random.default_rng(0)
    lines = [" ".join([label, *(form % value for value in rng.normal(shift, 0.5, dimensions))]) for label in labels]
    return ("\n".join(lines) + "\n").encode()


WORDS = [f"{first}{second}" for first in ("ba", "ke", "li", "mo", "nu") for second in ("ra", "si", "to", "vu")]


def test_vectors_with_their_sizes_on_the_first_line_are_certain() -> None:
    for name in ("vectors.vec", "data.bin"):
        detection = found_in((DATA / "vectors.vec").read_bytes(), name)
        assert detection is not None
        assert (detection.format, detection.confidence) == ("word-vectors", Confidence.CERTAIN)
        assert (detection.is_weight, detection.parameters) == (True, 288)
        assert detection.loading.safety is LoadingSafety.SAFE


def test_vectors_without_sizes_are_probable() -> None:
    for name in ("glove.txt", "data.bin"):
        detection = found_in((DATA / "glove.txt").read_bytes(), name)
        assert detection is not None
        assert (detection.format, detection.confidence) == ("word-vectors", Confidence.PROBABLE)
        assert detection.metadata["dimensions"] == "25"


def test_the_most_frequent_words_of_a_language_speak_for_vectors() -> None:
    detection = found_in(rows([",", "the", "of", "1990"], 50))
    assert detection is not None
    assert detection.confidence is Confidence.PROBABLE


def test_numbered_nodes_of_a_graph_have_vectors_too() -> None:
    detection = found_in(b"40 32\n" + rows([str(node) for node in range(40)], 32))
    assert detection is not None
    assert detection.confidence is Confidence.PROBABLE


def test_few_dimensions_are_enough_where_the_count_of_lines_agrees() -> None:
    content = b"20 5\n" + rows(WORDS, 5)
    detection = found_in(content)
    assert detection is not None
    assert detection.confidence is Confidence.PROBABLE
    assert found_in(content + rows(["more"], 5)) is None


def test_frequencies_of_characters_of_species_are_no_more_than_possible() -> None:
    detection = found_in(b"20 12\n" + rows(WORDS, 12, shift=3.0))
    assert detection is not None
    assert detection.confidence is Confidence.POSSIBLE


@pytest.mark.parametrize(
    "content",
    [
        b"12 3\n" + rows(["C", "H", "N", "O"], 3),
        b"20 30\n" + rows(WORDS, 31),
        b"40 3\n" + rows([str(point) for point in range(40)], 3),
        rows([str(row) for row in range(40)], 40),
        rows(WORDS, 30, shift=40.0),
        rows(WORDS, 30, form="%d"),
        rows(["v"] * 40, 30),
        rows(WORDS, 30).replace(b" ", b","),
        rows(WORDS, 30).replace(b" ", b"\t"),
        rows(WORDS[:9], 30) + rows(WORDS[9:], 29),
    ],
    ids=["atoms", "other-width", "points", "matrix", "measured", "counts", "repeated", "csv", "tsv", "ragged"],
)
def test_tables_of_other_kinds_are_none(content: bytes) -> None:
    assert found_in(content, "table.txt") is None


def test_vectors_that_are_cut_off_say_so() -> None:
    detection = found_in((DATA / "vectors.vec").read_bytes()[:1200])
    assert detection is not None
    assert (detection.confidence, detection.parameters) == (Confidence.PROBABLE, None)


def test_a_line_without_end_is_left_in_time() -> None:
    assert found_in(b"word" + b" 0.5" * 300_000) is None


@pytest.mark.parametrize("labels", [[f"st{number}" for number in range(60)], [f"EN{n % 3}G{n:04}" for n in range(60)]])
@pytest.mark.parametrize("header", [b"60 24\n", b""])
def test_stations_and_identifiers_are_no_vocabulary(labels: list[str], header: bytes) -> None:
    detection = found_in(header + rows(sorted(labels), 24 if header else 30), "stations.txt")
    assert detection is None or detection.confidence is Confidence.POSSIBLE


def test_a_few_short_vectors_without_sizes_are_possible() -> None:
    words = [f"{first}{second}" for first in ("ba", "ke", "li") for second in ("ra", "si", "to", "vu", "no", "ma")]
    detection = found_in(rows([*words, "foxs", "browned"], 20), "data.txt")
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.POSSIBLE)
    assert found_in(rows([f"a{number}" for number in range(30)], 20)) is None
