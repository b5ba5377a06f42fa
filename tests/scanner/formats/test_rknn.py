"""Networks compiled for Rockchip's NPUs."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DEVICE = bytes(range(256)) * 2
TEXT = json.dumps({"name": "mobilenet", "version": "1.6.0-abc", "ori_network_platform": "tflite", "nodes": [],
                   "target_platform": ["rk3566", "rk3588"]}).encode()  # fmt: skip
FLATBUFFER = (
    struct.pack("<I4sHHHHI", 20, b"RKNN", 0, 8, 8, 4, 0) + struct.pack("<iI", 10, 0) + bytes(64)
)  # the table at 20 has its field offsets at 10


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def container(version: int, text: bytes = TEXT) -> bytes:
    extra = bytes(40) if version > 1 else b""
    head = struct.pack("<8sQQ", b"RKNN", version, len(DEVICE))
    return head + extra + DEVICE + struct.pack("<Q", len(text)) + text


@pytest.mark.parametrize("version", [1, 2, 5])
def test_a_network_is_told_by_its_structure_whatever_its_name(version: int) -> None:
    detection = found_in(container(version))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("rknn", True, Confidence.CERTAIN)
    assert detection.metadata["architecture"] == "rk3566, rk3588"
    assert (detection.metadata["name"], detection.metadata["producer"]) == ("mobilenet", "tflite")
    assert detection.loading.safety is LoadingSafety.SAFE


def test_a_network_of_newer_tools_is_a_flatbuffer() -> None:
    detection = found_in(FLATBUFFER)
    assert detection is not None
    assert (detection.format, detection.confidence) == ("rknn", Confidence.CERTAIN)


def test_an_encrypted_network_is_unknown_not_safe() -> None:
    detection = found_in(b"CYPTRKNN" + bytes(100))
    assert detection is not None
    assert (detection.is_weight, detection.loading.safety) == (True, LoadingSafety.UNKNOWN)


@pytest.mark.parametrize("content", [container(1)[:400], container(1, b"[" * 5000), container(1, b"not json")])
def test_a_network_that_cannot_be_read_is_probable(content: bytes) -> None:
    detection = found_in(content)
    assert detection is not None
    assert (detection.confidence, len(detection.remarks)) == (Confidence.PROBABLE, 1)


@pytest.mark.parametrize(
    "content", [b"RKNN is a file format\n" * 4, b"\xff\xff\xff\0RKNN" + bytes(99), b"\x08\0\0\0RKNN" + b"\xff" * 99]
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.rknn") is None


def test_a_damaged_network_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(container(2))
    damaged_everywhere(FLATBUFFER)
