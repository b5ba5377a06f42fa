"""Networks compiled for Huawei's NPUs: a header and a table of partitions."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def offline(width: str = "I", *, encrypted: bool = False) -> bytes:
    head = struct.pack("<4sII64sI4B32s", b"IMOD", 256, 0x10000000, b"\x11" * 64, 1000, encrypted, 1, 0, 0, b"resnet50")
    parts = ((0, 0, 400), (1, 400, 600))
    table = struct.pack("<I" if width == "I" else "<Q", len(parts))
    table += b"".join(struct.pack(f"<3{width}", *part) for part in parts)
    return head.ljust(256, b"\0") + table + bytes(range(200)) * 5


@pytest.mark.parametrize("width", ["I", "Q"])
def test_a_network_is_told_by_its_partitions_whatever_its_name(width: str) -> None:
    detection = found_in(offline(width))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("ascend-om", True, Confidence.CERTAIN)
    assert detection.metadata == {"name": "resnet50"}
    assert detection.loading.safety is LoadingSafety.UNKNOWN


def test_an_encrypted_network_says_so() -> None:
    detection = found_in(offline(encrypted=True))
    assert detection is not None
    assert detection.loading.reasons == ("it is encrypted",)


def test_a_cut_network_is_probable() -> None:
    detection = found_in(offline()[:600])
    assert detection is not None
    assert (detection.confidence, len(detection.remarks)) == (Confidence.PROBABLE, 1)


@pytest.mark.parametrize("content", [b"IMOD" + bytes(400), b"IMODULE is a name" * 30])
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.om") is None


def test_a_damaged_network_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(offline())
