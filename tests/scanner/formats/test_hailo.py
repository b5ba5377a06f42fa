"""Networks compiled for Hailo's accelerators: the parts must add up to the file."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DESCRIPTION = (
    b"\x0a\x09\x08\x03\x1a\x05" + b"3.29." + b"\x12\x09\x0a\x07\x0a\x05yolov"
)  # a header with architecture and producer, one network with a name
WORDS = bytes(range(256)) * 2


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def executable(version: int) -> bytes:
    head = struct.pack(">4sII", b"\1HEF", version, len(DESCRIPTION))
    if version == 0:
        return head + bytes(20) + DESCRIPTION
    if version == 1:
        return head + struct.pack(">IQI", 0, len(WORDS), 0) + DESCRIPTION + WORDS
    if version == 2:
        return head + struct.pack(">QQQQ", 0, len(WORDS), 0, 0) + DESCRIPTION + WORDS
    return head + struct.pack(">QQIQQQ", 0, len(WORDS), 0, 16, 0, 0) + DESCRIPTION + WORDS + bytes(16)


@pytest.mark.parametrize("version", [0, 1, 2, 3])
def test_every_version_is_told_by_its_structure(version: int) -> None:
    detection = found_in(executable(version))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("hailo", True, Confidence.CERTAIN)
    assert detection.metadata == {"architecture": "Hailo-8L", "producer": "Hailo Dataflow Compiler 3.29."}
    assert detection.loading.safety is LoadingSafety.SAFE


def test_one_that_does_not_add_up_is_only_probable() -> None:
    for content in (executable(2)[:-1], executable(2) + b"\0", executable(0).replace(DESCRIPTION, b"\xff" * 26)):
        detection = found_in(content)
        assert detection is not None
        assert (detection.confidence, len(detection.remarks)) == (Confidence.PROBABLE, 1)


@pytest.mark.parametrize("content", [b"\x01HEF", b"\x01HEF\0\0\0\x07" + bytes(80), b"\x01HEF\0\0\0\0" + bytes(8)])
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.hef") is None


def test_a_damaged_one_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(executable(3))
