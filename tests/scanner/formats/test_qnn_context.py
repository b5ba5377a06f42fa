"""Contexts of Qualcomm's QNN, of which only the first bytes are known."""

from __future__ import annotations

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence

STARTS = ["00000002000000010000000004000000", "0000000200000001000000000c000000", "00000002000000020000000000000000",
          "00000002000000030000000000000001"]  # fmt: skip


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(
    ("name", "confidence"),
    [("model.serialized", Confidence.PROBABLE), ("qnn_ctx.bin", Confidence.PROBABLE), ("a.bin", Confidence.POSSIBLE)],
)
def test_a_context_needs_a_name_to_be_probable(start: str, name: str, confidence: Confidence) -> None:
    detection = detect(name, BytesReader(bytes.fromhex(start) + bytes(range(256)) * 20))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("qnn-context", True, confidence)


@pytest.mark.parametrize("content", [bytes(8192), bytes.fromhex(STARTS[0]) + bytes(64), bytes([0, 0, 0, 2]) * 2000])
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert detect("model.serialized", BytesReader(content)) is None
