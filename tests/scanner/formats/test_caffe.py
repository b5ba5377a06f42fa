"""Networks of Caffe with and without their numbers, told from lone arrays and from other messages."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety
from tests.scanner.formats.protobuf import field, varint


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def floats(count: int) -> bytes:
    return struct.pack(f"<{count}f", *[0.5] * count)


def blob(*shape: int) -> bytes:
    elements = 1
    for size in shape:
        elements *= size
    return field(7, field(1, b"".join(varint(size) for size in shape))) + field(5, floats(elements))


def layer(name: bytes, kind: bytes, *blobs: bytes) -> bytes:
    content = field(1, name) + field(2, kind) + field(3, b"data") + field(4, name)
    return field(100, content + b"".join(field(7, blob) for blob in blobs))


NET = (
    field(1, b"LeNet")
    + layer(b"conv1", b"Convolution", blob(20, 1, 5, 5), blob(20))
    + layer(b"relu1", b"ReLU")
    + layer(b"ip1", b"InnerProduct", blob(10, 30))
)
OLD_BLOB = field(1, 1) + field(2, 1) + field(3, 4) + field(4, 8) + field(5, floats(32))
OLD = field(1, b"CaffeNet") + field(
    2, field(2, b"data") + field(3, b"conv1") + field(4, b"conv1") + field(5, 4) + field(6, OLD_BLOB)
)
MEAN = field(1, 1) + field(2, 3) + field(3, 8) + field(4, 8) + field(5, floats(192))


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
    detection = found_in(field(1, b"n") + layer(b"p", b"Python", blob(4)))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE


def test_a_mean_image_and_a_network_without_numbers_are_no_weights() -> None:
    for content in (MEAN, field(1, b"n") + layer(b"relu1", b"ReLU")):
        detection = found_in(content, "mean.binaryproto")
        assert detection is not None
        assert (detection.format, detection.is_weight) == ("caffe", False)


@pytest.mark.parametrize(
    "content",
    [
        b'name: "LeNet"\nlayer {\n  name: "data"\n  type: "Input"\n}\n',
        b"\nhello\x12 world" * 9,
        field(1, b"name") + field(2, b"something else"),
        field(1, b"name") + field(100, field(1, b"x") + field(2, b"\0\1")),
        MEAN[:-4],
        field(1, 1) + field(2, 3) + field(3, 2**40) + field(4, 2**40) + field(5, floats(2)),
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
