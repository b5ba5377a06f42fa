"""Darknet's weights: a version, a count, and floats."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection

_RANDOM = random.Random(0)
NUMBERS = struct.pack("<4096f", *[_RANDOM.gauss(0, 0.3) for _ in range(4096)])
OLD = struct.pack("<4i", 0, 1, 0, 32000) + NUMBERS
NEW = struct.pack("<3iq", 0, 2, 5, 32013312) + NUMBERS


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


@pytest.mark.parametrize(("content", "seen"), [(OLD, "32,000"), (NEW, "32,013,312")], ids=["0.1", "0.2"])
def test_weights_are_probable_whatever_their_name(content: bytes, seen: str) -> None:
    detection = found_in(content)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("darknet", True, Confidence.PROBABLE)
    assert detection.parameters == 4096
    assert detection.metadata["images_seen"] == seen


def test_weights_name_the_network_that_they_are_for() -> None:
    detection = found_in(NEW, "cfg/yolov3.weights")
    assert detection is not None
    assert detection.companions == ("yolov3.cfg",)


@pytest.mark.parametrize(
    "content",
    [
        NEW[:20] + bytes(8192),
        NEW[:20] + bytes(range(256)) * 32,
        NEW[:20] + struct.pack("<2048i", *range(2048)),
        NEW[:20] + struct.pack("<2048f", *[1.0] * 2048),
        b"[net]\nbatch=64\nsubdivisions=8\n" * 40,
    ],
    ids=["zeros", "bytes", "whole numbers", "one number", "network"],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "yolov3.weights") is None


def test_damaged_weights_get_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(NEW[:1620])


def test_weights_that_are_cut_within_a_number_are_still_weights() -> None:
    detection = found_in(NEW[: len(NEW) // 2 + 1])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert detection.parameters is None
    assert detection.remarks[0] == "It is cut off: its last number is not whole."
