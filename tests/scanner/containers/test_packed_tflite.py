"""MediaPipe's packed assets: labels and models in a row without a directory."""

from __future__ import annotations

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence
from tests.scanner.containers.makers import TFLITE

LABELS = b"Left\nRight\n"


def test_models_behind_labels_are_found() -> None:
    detection = detect("data.bin", BytesReader(LABELS + TFLITE + bytes(4000) + TFLITE))
    assert detection is not None
    assert (detection.format, detection.confidence) == ("packed-tflite", Confidence.CERTAIN)
    assert detection.title == "packed assets with 2 weight files"
    assert detection.parameters == 20


@pytest.mark.parametrize("content", [LABELS + b"TFL3" + bytes(5000), LABELS + b"\x1c\0\0\0TFL3" + bytes(5000)])
def test_the_mark_alone_is_not_a_model(content: bytes) -> None:
    detection = detect("data.bin", BytesReader(content))
    assert detection is None or not detection.is_weight or detection.confidence < Confidence.CERTAIN


def test_many_marks_are_left_in_time() -> None:
    detect("data.bin", BytesReader(LABELS + b"\x1c\0\0\0TFL3" * 200_000))
