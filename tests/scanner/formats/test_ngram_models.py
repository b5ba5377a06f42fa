"""Language models of n-grams: text, KenLM, IRSTLM and CMU Sphinx, and text that only speaks of them."""

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
    ("name", "kind", "ngrams"),
    [
        ("bigram.arpa", "arpa", "25, 54"),
        ("kenlm-probing.bin", "kenlm", "25, 54"),
        ("kenlm-trie.bin", "kenlm", "25, 54"),
        ("irstlm.blm", "irstlm", "25, 54"),
        ("irstlm-quantized.blm", "irstlm", "25, 54"),
    ],
)
def test_a_model_is_told_whatever_its_name(name: str, kind: str, ngrams: str) -> None:
    for path in (name, "data.bin"):
        detection = found_in((DATA / name).read_bytes(), path)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == (kind, True, Confidence.CERTAIN)
        assert detection.metadata["ngrams"] == ngrams
        assert detection.loading.safety is LoadingSafety.SAFE


def sphinx(order: int = 3, counts: tuple[int, ...] = (91, 212, 177)) -> bytes:
    """The head of a trie as ngram_model_trie.c writes it, and room for its n-grams."""
    numbers = b"".join(count.to_bytes(4, "little") for count in counts)
    return b"Trie Language Model" + bytes([order]) + numbers + bytes(2000)


def test_a_trie_of_sphinx_tells_its_order_and_counts() -> None:
    detection = found_in(sphinx())
    assert detection is not None
    assert (detection.format, detection.confidence, detection.parameters) == ("sphinx-lm", Confidence.CERTAIN, 480)


def test_the_older_dump_of_sphinx_is_known_in_both_byte_orders() -> None:
    for mark in (b"\x11\0\0\0", b"\0\0\0\x11"):
        detection = found_in(mark + b"Darpa Trigram LM\0" + bytes(200))
        assert detection is not None
        assert (detection.format, detection.confidence) == ("sphinx-lm", Confidence.PROBABLE)


def test_models_of_the_cmu_toolkit_begin_with_a_frame_of_text() -> None:
    frame = b"#" * 77 + b"\n## Copyright (c) 1996, Carnegie Mellon University\n" + b"#" * 77 + b"\n"
    detection = found_in(frame + (DATA / "bigram.arpa").read_bytes())
    assert detection is not None
    assert detection.confidence is Confidence.CERTAIN


@pytest.mark.parametrize(
    "content",
    [
        b"#" * 40 + b"\n# A model begins with \\data\\ and `ngram 1=5`.\n",
        b"\\data\\\nngram 2=5\n\n\\2-grams:\n-1.0\ta b\n",
        b"\\data\\base\\config\nno model at all, only a path\n",
        b"Trie Language Models are described in this text, which is no model\n",
        b"blmt 3 17\nfollowed by something else entirely, in words\n",
    ],
)
def test_text_that_only_speaks_of_models_is_none(content: bytes) -> None:
    assert found_in(content, "notes.txt") is None


@pytest.mark.parametrize("name", ["bigram.arpa", "kenlm-probing.bin", "kenlm-trie.bin", "irstlm.blm"])
def test_a_truncated_model_is_probable(name: str) -> None:
    detection = found_in((DATA / name).read_bytes()[:60])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert detection.remarks


def test_counts_that_no_file_could_hold_are_not_believed() -> None:
    detection = found_in(sphinx(4, (2**32 - 1,) * 4))
    assert detection is not None
    assert (detection.confidence, detection.parameters) == (Confidence.PROBABLE, None)
