"""Circle has the tables of TensorFlow Lite and a mark of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence

LITE = (Path(__file__).parent / "data" / "dense.tflite").read_bytes()
CIRCLE = LITE[:4] + b"CIR0" + LITE[8:]


def test_a_model_is_told_by_its_mark_and_its_tables() -> None:
    detection = detect("data.bin", BytesReader(CIRCLE))
    assert detection is not None
    assert (detection.format, detection.title, detection.is_weight) == ("circle", "Circle", True)
    assert (detection.confidence, detection.parameters) == (Confidence.CERTAIN, 10)


def test_the_mark_alone_is_not_enough() -> None:
    assert detect("model.circle", BytesReader(b"abcdCIR0")) is None


def test_a_damaged_model_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(CIRCLE)
