"""A vocabulary of SentencePiece is recognised, and is no weight."""

from __future__ import annotations

from pathlib import Path

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "language"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


PIECES = (DATA / "pieces.model").read_bytes()


def test_a_vocabulary_is_certain_and_no_weight() -> None:
    for name in ("tokenizer.model", "data.bin"):
        detection = found_in(PIECES, name)
        assert detection is not None
        assert (detection.format, detection.is_weight) == ("sentencepiece", False)
        assert detection.confidence is Confidence.CERTAIN
        assert detection.metadata["pieces"] == "30"
        assert detection.loading.safety is LoadingSafety.SAFE


def test_a_truncated_vocabulary_is_still_one() -> None:
    detection = found_in(PIECES[:200])
    assert detection is not None
    assert not detection.is_weight


def test_other_messages_are_none() -> None:
    assert found_in(b"\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0\x18\x02" * 1 + b"\xff" * 60) is None
    assert found_in(b"\x0a\x08\x0a\x06abcdef" * 20) is None
    assert found_in(b"\x0a\x0a\x0a\x03abc\x15\0\0\0\0" * 20) is None
