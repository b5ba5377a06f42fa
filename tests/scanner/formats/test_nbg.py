"""Networks compiled for VeriSilicon's NPUs, of which only the header is known."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, LoadingSafety

GRAPH = struct.pack("<4sHHI64sI", b"VPMN", 1, 11, 0x7D, b"mobilenet", 40) + bytes(range(256)) * 2


def test_a_network_is_probable_whatever_its_name() -> None:
    detection = detect("data.bin", BytesReader(GRAPH))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("nbg", True, Confidence.PROBABLE)
    assert detection.metadata == {"nodes": "40", "name": "mobilenet"}
    assert detection.loading.safety is LoadingSafety.SAFE


@pytest.mark.parametrize("content", [b"VPMN is four letters, and this is a text about them" * 4, b"VPMN" + bytes(200)])
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert detect("model.nb", BytesReader(content)) is None


def test_a_damaged_network_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(GRAPH)
