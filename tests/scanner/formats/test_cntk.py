"""Functions that CNTK saved, of both of its versions."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety
from tests.scanner.formats.protobuf import field


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def dictionary(**values: bytes) -> bytes:
    return field(1, 1) + b"".join(field(2, field(1, key.encode()) + field(2, value)) for key, value in values.items())


def text(word: str) -> bytes:
    return field(1, 1) + field(2, 6) + field(8, word.encode())


def array(*shape: int) -> bytes:
    elements = 1
    for size in shape:
        elements *= size
    numbers = field(4, field(1, struct.pack(f"<{elements}f", *[0.5] * elements)))
    sizes = b"".join(field(1, size) for size in shape)
    return field(1, 1) + field(2, 11) + field(13, field(1, 1) + field(3, sizes) + numbers)


def held(inner: bytes) -> bytes:
    return field(1, 1) + field(2, 10) + field(12, inner)


MODEL = dictionary(
    type=text("CompositeFunction"),
    uid=text("CompositeFunction5"),
    inputs=field(1, 1) + field(2, 9) + field(11, field(1, held(dictionary(uid=text("Parameter3"), value=array(4, 6))))),
    primitive_functions=field(1, 1) + field(2, 9) + field(11, b""),
)
FIRST = "BCN\0BVersion\0".encode("utf-16-le") + struct.pack("<Q", 28) + bytes(64)


def test_a_function_is_told_by_its_structure_whatever_its_name() -> None:
    detection = found_in(MODEL)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("cntk", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (1, 24)
    assert detection.metadata["dtypes"] == "Float (1)"
    assert detection.loading.safety is LoadingSafety.SAFE


def test_a_network_of_version_1_is_told_by_its_marks() -> None:
    detection = found_in(FIRST)
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.CERTAIN)


@pytest.mark.parametrize(
    "content",
    [
        dictionary(type=text("a"), other=text("b"), more=text("c")),
        dictionary(apple=text("CompositeFunction"), pear=text("x"), plum=text("y"), cherry=text("z")),
        b"\x08\x01\x12\x06\x0a\x04name" + b"\xff" * 40,
    ],
)
def test_other_messages_are_not_taken_for_it(content: bytes) -> None:
    detection = found_in(content, "x.model")
    assert detection is None or detection.format != "cntk"


def test_dictionaries_within_dictionaries_without_end_are_left_in_time() -> None:
    nested = text("end")
    for _ in range(2000):
        nested = held(dictionary(uid=nested))
    begun = time.process_time()
    found_in(dictionary(uid=text("a"), type=nested, inputs=nested))
    assert time.process_time() - begun < 5


def test_a_damaged_function_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(MODEL)
