"""Networks of Caffe with and without their numbers, told from lone arrays and from other messages."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def varint(number: int) -> bytes:
    raw = bytearray()
    while number > 0x7F:
        raw.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*raw, number])


def part(number: int, content: bytes | int) -> bytes:
    """A field: a number, or bytes with their length."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def floats(count: int) -> bytes:
    return struct.pack(f"<{count}f", *[0.5] * count)


def blob(*shape: int) -> bytes:
    elements = 1
    for size in shape:
        elements *= size
    return part(7, part(1, b"".join(varint(size) for size in shape))) + part(5, floats(elements))


def layer(name: bytes, kind: bytes, *blobs: bytes) -> bytes:
    content = part(1, name) + part(2, kind) + part(3, b"data") + part(4, name)
    return part(100, content + b"".join(part(7, blob) for blob in blobs))


NET = (
    part(1, b"LeNet")
    + layer(b"conv1", b"Convolution", blob(20, 1, 5, 5), blob(20))
    + layer(b"relu1", b"ReLU")
    + layer(b"ip1", b"InnerProduct", blob(10, 30))
)
OLD_BLOB = part(1, 1) + part(2, 1) + part(3, 4) + part(4, 8) + part(5, floats(32))
OLD = part(1, b"CaffeNet") + part(
    2, part(2, b"data") + part(3, b"conv1") + part(4, b"conv1") + part(5, 4) + part(6, OLD_BLOB)
)
MEAN = part(1, 1) + part(2, 3) + part(3, 8) + part(4, 8) + part(5, floats(192))


def test_a_network_is_told_by_its_structure_whatever_its_name() -> None:
    detection = found_in(NET)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("caffe", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (3, 820)
    assert detection.metadata == {"layers": "3", "name": "LeNet"}
    assert detection.loading.safety is LoadingSafety.SAFE


def test_a_network_of_before_2014_is_read_too() -> None:
    detection = found_in(OLD)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.parameters) == ("caffe", True, 32)


def test_a_layer_in_python_runs_a_module() -> None:
    detection = found_in(part(1, b"n") + layer(b"p", b"Python", blob(4)))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE


def test_a_mean_image_and_a_network_without_numbers_are_no_weights() -> None:
    for content in (MEAN, part(1, b"n") + layer(b"relu1", b"ReLU")):
        detection = found_in(content, "mean.binaryproto")
        assert detection is not None
        assert (detection.format, detection.is_weight) == ("caffe", False)


@pytest.mark.parametrize(
    "content",
    [
        b'name: "LeNet"\nlayer {\n  name: "data"\n  type: "Input"\n}\n',
        b"\nhello\x12 world" * 9,
        part(1, b"name") + part(2, b"something else"),
        part(1, b"name") + part(100, part(1, b"x") + part(2, b"\0\1")),
        MEAN[:-4],
        part(1, 1) + part(2, 3) + part(3, 2**40) + part(4, 2**40) + part(5, floats(2)),
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    detection = found_in(content, "net.caffemodel")
    assert detection is None or detection.format != "caffe"


def test_a_cut_or_damaged_network_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    cut = found_in(NET[:-100])
    assert cut is not None
    assert (cut.confidence, cut.parameters) == (Confidence.PROBABLE, None)
    assert cut.loading.safety is LoadingSafety.UNKNOWN
    damaged_everywhere(NET)


def test_bytes_that_begin_as_a_network_and_hold_no_kind_of_layer_are_none() -> None:
    primes = bytes([2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97])
    assert detect("data.bin", BytesReader(b"\x0a\x03abc\xa2\x06\x7f\x0a\x03abc" + primes)) is None
