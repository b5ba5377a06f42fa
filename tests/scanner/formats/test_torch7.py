"""Lua objects of Torch 7, written after its File.lua."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def number(value: float) -> bytes:
    return struct.pack("<id", 1, value)


def text(word: bytes) -> bytes:
    return struct.pack("<ii", 2, len(word)) + word


def table(index: int, **fields: bytes) -> bytes:
    pairs = b"".join(text(name.encode()) + value for name, value in fields.items())
    return struct.pack("<iii", 3, index, len(fields)) + pairs


def instance(index: int, name: bytes, content: bytes) -> bytes:
    return struct.pack("<iii", 4, index, 3) + b"V 1" + struct.pack("<i", len(name)) + name + content


def tensor(index: int, *shape: int) -> bytes:
    elements = 1
    for size in shape:
        elements *= size
    sizes = struct.pack(f"<i{2 * len(shape)}qq", len(shape), *shape, *[1] * len(shape), 1)
    storage = instance(index + 1, b"torch.FloatStorage", struct.pack("<q", elements) + bytes(4 * elements))
    return instance(index, b"torch.FloatTensor", sizes + storage)


LINEAR = instance(1, b"nn.Linear", table(2, weight=tensor(3, 5, 4), bias=tensor(5, 5), train=struct.pack("<ii", 5, 1)))
FUNCTION = struct.pack("<iii", 8, 9, 4) + b"\x1bLua" + table(10)
AGAIN = struct.pack("<ii", 4, 3)
"""A tensor that was written before, by its number."""


def test_a_module_is_told_by_its_structure_whatever_its_name() -> None:
    detection = found_in(LINEAR)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("torch7", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (2, 25)
    assert detection.metadata == {"classes": "nn.Linear (1)", "dtypes": "Float (2)"}
    assert detection.loading.safety is LoadingSafety.SAFE


def test_a_table_of_tensors_is_probable_for_it_may_be_data() -> None:
    detection = found_in(table(1, a=tensor(3, 2, 2), b=AGAIN))
    assert detection is not None
    assert (detection.confidence, detection.tensors) == (Confidence.PROBABLE, 1)


def test_a_function_in_it_runs_when_it_is_loaded() -> None:
    detection = found_in(instance(1, b"nn.Sequential", table(2, forward=FUNCTION)))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE


def test_objects_in_text_are_told_by_the_first_class() -> None:
    for content in (
        b"4\n1\n3\nV 1\n13\nnn.Sequential\n3\n2\n1\n",
        b"3\n1\n2\n2\n5\nmodel\n4\n2\n3\nV 1\n9\nnn.Linear\n",
    ):
        detection = found_in(content)
        assert detection is not None
        assert (detection.confidence, detection.loading.safety) == (Confidence.PROBABLE, LoadingSafety.UNKNOWN)


@pytest.mark.parametrize(
    "content",
    [
        LINEAR + b"\0",
        table(1, a=number(1), b=text(b"c")),
        struct.pack("<10i", 3, 1, 2, 1, 0, 0, 2, 3, 4, 5),
        b"4\n1\n3\nV 1\nsomething else\n",
        b"3\n1\n2\n1\n4\n1\n5\n",
        bytes(range(3, 200)),
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.t7") is None


def test_objects_within_objects_without_end_are_left_in_time() -> None:
    nested = b"".join(struct.pack("<iii", 3, index, 1) + number(1) for index in range(1, 200_000))
    wide = struct.pack("<iii", 3, 1, 2**31 - 1) + struct.pack("<i", 0) * 1_000_000
    begun = time.process_time()
    for content in (nested, wide, instance(1, b"nn.A", nested), LINEAR[:40]):
        found_in(content)
    assert time.process_time() - begun < 10


def test_a_damaged_module_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(LINEAR)
