"""ncnn's graphs and the numbers for them, which have nothing but tags."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

PARAM = b"7767517\n3 3\nInput data 0 1 data 0=4 1=4 2=3\nConvolution conv 1 1 data conv 0=8 1=3 5=1 6=216\n"
_RANDOM = random.Random(0)
NUMBERS = [_RANDOM.gauss(0, 0.1) for _ in range(4096)]
FLOATS = struct.pack("<4096f", *NUMBERS)
HALVES = struct.pack("<4096e", *NUMBERS)


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def tagged(tag: int, content: bytes) -> bytes:
    return struct.pack("<I", tag) + content


@pytest.mark.parametrize("content", [tagged(0x01306B47, HALVES), tagged(0x0002C056, FLOATS)], ids=["halves", "floats"])
def test_tagged_numbers_that_look_trained_are_probable_whatever_their_name(content: bytes) -> None:
    detection = found_in(content, "x")
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("ncnn", True, Confidence.PROBABLE)
    assert detection.loading.safety is LoadingSafety.SAFE


def test_a_constant_before_the_first_tag_is_stepped_over() -> None:
    colour = struct.pack("<3f", 0.4488, 0.4371, 0.4040)
    for content in (tagged(0x01306B47, HALVES), tagged(0x0002C056, FLOATS)):
        detection = found_in(colour + content)
        assert detection is not None
        assert (detection.format, detection.confidence) == ("ncnn", Confidence.PROBABLE)


@pytest.mark.parametrize(
    ("content", "name", "confidence"),
    [
        (tagged(0, FLOATS), "net.ncnn.bin", Confidence.PROBABLE),
        (tagged(0, FLOATS), "net.bin", Confidence.POSSIBLE),
        (tagged(0x000D4B38, bytes(range(256)) * 16), "net.bin", Confidence.PROBABLE),
        (tagged(0x000D4B38, bytes(range(256)) * 16), "net", Confidence.POSSIBLE),
    ],
)
def test_where_the_tag_says_little_the_name_decides(content: bytes, name: str, confidence: Confidence) -> None:
    detection = found_in(content, name)
    assert detection is not None
    assert detection.confidence is confidence


def test_graphs_in_text_and_in_bytes_are_no_weights_and_name_their_numbers() -> None:
    for content, name in (
        (PARAM, "deep/net.param"),
        (struct.pack("<3i", 7767517, 3, 3) + bytes(40), "net.param.bin"),
    ):
        detection = found_in(content, name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.companions) == ("ncnn", False, ("net.bin",))


@pytest.mark.parametrize(
    "content",
    [
        tagged(0x01306B47, b"\xff" * 4096),
        tagged(0x0002C056, bytes(range(256)) * 16),
        tagged(0, struct.pack("<1024f", *[1.5] * 1024)),
        tagged(0, FLOATS[:4]),
        b"7767517 is a number\n",
        struct.pack("<3f", 0.4, 0.4, 0.4) + tagged(0x01306B47, b"\xff" * 4096),
        struct.pack("<3f", 0.4, 1e-30, 0.4) + tagged(0x01306B47, HALVES),
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "net.bin") is None


def test_damaged_numbers_get_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(tagged(0, FLOATS[:2048]))
    damaged_everywhere(FLOATS[:8] + tagged(0x01306B47, HALVES[:1024]))
    damaged_everywhere(PARAM)
