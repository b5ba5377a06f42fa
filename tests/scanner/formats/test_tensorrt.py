"""Plans of TensorRT, of which NVIDIA says nothing: marks, lengths, and what others put in front of them."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LicenseStatement, LoadingSafety

WORDS = bytes(range(256)) * 4
MARKED = struct.pack("<4sIIQI", b"ftrt", 0x61, 0, 1000, 0) + WORDS
TABLE = struct.pack("<IHHHHHH", 16, 12, 8, 4, 0, 0, 0) + struct.pack("<i", 12) + WORDS
CONTAINER = struct.pack("<Q", 8 + len(TABLE)) + TABLE
TEXT = json.dumps({"description": "Ultralytics YOLO11n model", "author": "Ultralytics", "task": "detect",
                   "license": "AGPL-3.0 License (https://ultralytics.com/license)"}).encode()  # fmt: skip


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


@pytest.mark.parametrize("content", [MARKED, CONTAINER], ids=["marked", "container"])
def test_a_plan_is_probable_whatever_its_name_and_never_shown_as_safe(content: bytes) -> None:
    detection = found_in(content)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("tensorrt", True, Confidence.PROBABLE)
    assert detection.loading.safety is LoadingSafety.UNKNOWN


@pytest.mark.parametrize(("plan", "confidence"), [(MARKED, Confidence.CERTAIN), (CONTAINER, Confidence.PROBABLE)])
def test_the_licence_in_front_of_a_plan_is_read(plan: bytes, confidence: Confidence) -> None:
    detection = found_in(struct.pack("<I", len(TEXT)) + TEXT + plan, "yolo11n.engine")
    assert detection is not None
    assert detection.confidence is confidence
    assert detection.licenses == (LicenseStatement("license", "AGPL-3.0 License (https://ultralytics.com/license)"),)
    assert detection.metadata["author"] == "Ultralytics"


@pytest.mark.parametrize(
    "content",
    [
        struct.pack("<Q", 2048) + bytes(2040),
        CONTAINER + b"\0",
        struct.pack("<I", len(TEXT)) + TEXT + WORDS,
        struct.pack("<I", 2) + b"{}" + bytes(64),
        struct.pack("<I", 2**31) + b'{"a": 1}' + bytes(64),
        b"ptrtext is no plan, whatever it begins with",
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.engine") is None


def test_a_damaged_plan_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(MARKED)
    damaged_everywhere(struct.pack("<I", len(TEXT)) + TEXT + CONTAINER)
