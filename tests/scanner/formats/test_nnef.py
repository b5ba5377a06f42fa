"""Tensors of NNEF, whose header must agree with itself."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection

REAL = (Path(__file__).parent / "data" / "tiny_nnef.dat").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def tensor(*shape: int, bits: int = 32, length: int | None = None) -> bytes:
    elements = 1
    for size in shape:
        elements *= size
    size = elements * bits // 8 if length is None else length
    sizes = [*shape, *[0] * (8 - len(shape))]
    head = struct.pack("<4sII8III", b"N\xef\1\0", size, len(shape), *sizes, bits, 0)
    return head.ljust(128, b"\0") + bytes(min(size, 4096))


def test_a_tensor_is_told_by_its_header_and_belongs_to_a_graph() -> None:
    detection = found_in(tensor(8, 3, 3, 3))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("nnef", True, Confidence.CERTAIN)
    assert (detection.parameters, detection.companions) == (216, ("graph.nnef",))


def test_a_tensor_that_the_library_wrote_is_known() -> None:
    detection = found_in(REAL)
    assert detection is not None
    assert (detection.confidence, detection.parameters) == (Confidence.CERTAIN, 12)


def test_a_tensor_that_ends_too_early_is_said_to() -> None:
    detection = found_in(tensor(8, 3, 3, 3)[:-1])
    assert detection is not None
    assert (detection.confidence, detection.parameters) == (Confidence.PROBABLE, None)


@pytest.mark.parametrize(
    "content",
    [b"N\xef\1\0" + bytes(200), tensor(8, 3, length=5), tensor(2, bits=1000), b"N\xef\1\0" + b"\7" * 300],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "weights.dat") is None


def test_a_damaged_tensor_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(tensor(8, 3))
