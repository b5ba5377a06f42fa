"""Automata of OpenFst: grammars are no weights, decoding graphs are."""

from __future__ import annotations

from pathlib import Path

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "language"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


GRAMMAR = (DATA / "grammar.fst").read_bytes()


def graph(states: int, arcs: int, properties: int, size: int = 2_000_000) -> bytes:
    """A header as fst.cc writes it, and room for states and arcs."""
    head = (2_125_659_606).to_bytes(4, "little")
    for text in (b"const", b"standard"):
        head += len(text).to_bytes(4, "little") + text
    head += (1).to_bytes(4, "little") + bytes(4) + properties.to_bytes(8, "little") + bytes(8)
    return head + states.to_bytes(8, "little", signed=True) + arcs.to_bytes(8, "little", signed=True) + bytes(size)


WEIGHTED = 1 << 32


def test_a_grammar_is_recognised_and_no_weight() -> None:
    for name in ("grammar.fst", "data.bin"):
        detection = found_in(GRAMMAR, name)
        assert detection is not None
        assert (detection.format, detection.is_weight) == ("openfst", False)
        assert detection.metadata["states"] == "3"


def test_a_large_graph_with_weights_is_probably_a_language_model() -> None:
    for name in ("HCLG.fst", "data.bin"):
        detection = found_in(graph(40_000, 90_000, WEIGHTED), name)
        assert detection is not None
        assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
        assert detection.loading.safety is LoadingSafety.SAFE


def test_a_small_graph_is_one_by_its_name() -> None:
    detection = found_in(graph(40, 90, WEIGHTED, 4000), "graph/HCLr.fst")
    assert detection is not None
    assert detection.is_weight


def test_a_large_lexicon_without_weights_is_none() -> None:
    detection = found_in(graph(40_000, 90_000, 0), "L.fst")
    assert detection is not None
    assert not detection.is_weight


def test_damaged_headers_are_none() -> None:
    assert found_in(GRAMMAR[:30]) is None
    assert found_in(GRAMMAR[:4] + b"\xff\xff\xff\x7f" + GRAMMAR[8:]) is None
    assert found_in(graph(-5, 90, WEIGHTED, 100)) is None
    assert found_in(graph(2**62, 90, WEIGHTED, 100)) is None
