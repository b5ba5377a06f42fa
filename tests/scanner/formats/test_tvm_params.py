"""Parameters as TVM saves them beside a compiled model."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

REAL = (Path(__file__).parent / "data" / "tiny_tvm.params").read_bytes()
LIST, ARRAY = 0xF7E58D4F05049CB7, 0xDD5E40F096B4A13F


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def array(*shape: int, code: int = 2, bits: int = 32) -> bytes:
    elements = 1
    for size in shape:
        elements *= size
    head = struct.pack("<QQiiiBBH", ARRAY, 0, 1, 0, len(shape), code, bits, 1)
    length = elements * bits // 8
    return head + struct.pack(f"<{len(shape)}q", *shape) + struct.pack("<q", length) + bytes(length)


def listed(**arrays: bytes) -> bytes:
    names = b"".join(struct.pack("<Q", len(name)) + name.encode() for name in arrays)
    counts = struct.pack("<Q", len(arrays))
    return struct.pack("<QQ", LIST, 0) + counts + names + counts + b"".join(arrays.values())


WHOLE = listed(p0=array(3, 4), p1=array(5, code=0, bits=8))


@pytest.mark.parametrize("content", [REAL, WHOLE], ids=["saved by TVM", "after its source"])
def test_parameters_are_told_by_their_structure(content: bytes) -> None:
    detection = found_in(content)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("tvm-params", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (2, 17)
    assert detection.metadata["dtypes"] == "float32 (1), int8 (1)"
    assert detection.loading.safety is LoadingSafety.SAFE


def test_a_list_of_nothing_is_no_weight() -> None:
    detection = found_in(listed(), "model.params")
    assert detection is not None
    assert not detection.is_weight


@pytest.mark.parametrize("promised", [2**63, 2**32, 10**6])
def test_counts_are_not_trusted(promised: int) -> None:
    detection = found_in(struct.pack("<QQQ", LIST, 0, promised) + bytes(256))
    assert detection is not None
    assert (detection.confidence, detection.parameters) == (Confidence.PROBABLE, None)


def test_damaged_parameters_get_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(WHOLE)
