"""Networks compiled for Kendryte's chips, of which only the beginning is read."""

from __future__ import annotations

import struct

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence


@pytest.mark.parametrize("version", [4, 5, 7])
def test_a_network_is_probable_whatever_its_name(version: int) -> None:
    detection = detect("data.bin", BytesReader(struct.pack("<4sI", b"LDMK", version) + bytes(200)))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("kmodel", True, Confidence.PROBABLE)
    assert detection.metadata == {"version": str(version)}


@pytest.mark.parametrize("content", [b"LDMK is no word" * 9, struct.pack("<4sI", b"LDMK", 99) + bytes(200), b"LDMK"])
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert detect("model.kmodel", BytesReader(content)) is None
