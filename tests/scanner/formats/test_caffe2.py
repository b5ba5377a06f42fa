"""Networks of Caffe2: one makes the numbers, the other uses them."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety
from tests.scanner.formats.protobuf import field


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def operator(kind: bytes, *arguments: bytes, inputs: tuple[bytes, ...] = ()) -> bytes:
    content = b"".join(field(1, name) for name in inputs) + field(2, b"out") + field(3, b"") + field(4, kind)
    return field(2, content + b"".join(field(5, argument) for argument in arguments))


def fill(count: int, *, packed: bool) -> bytes:
    raw = struct.pack(f"<{count}f", *[0.25] * count)
    values = field(5, raw) if packed else b"".join(b"\x2d" + raw[4 * place :][:4] for place in range(count))
    return operator(b"GivenTensorFill", field(1, b"shape") + b"\x30\x0a", field(1, b"values") + values)


INIT = field(1, b"tiny_init") + fill(40, packed=True) + fill(7, packed=False) + field(8, b"out")
PREDICT = field(1, b"tiny") + operator(b"Conv", inputs=(b"data", b"w")) + field(7, b"data") + field(8, b"out")


def test_the_network_of_numbers_is_a_weight_whatever_its_name() -> None:
    detection = found_in(INIT)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("caffe2", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (2, 47)
    assert detection.loading.safety is LoadingSafety.SAFE


def test_the_two_networks_name_each_other() -> None:
    for content, name, other in ((INIT, "init_net.pb", "predict_net.pb"), (PREDICT, "predict_net.pb", "init_net.pb")):
        detection = found_in(content, f"deep/{name}")
        assert detection is not None
        assert detection.companions == (other,)
        assert detection.is_weight is (content == INIT)


@pytest.mark.parametrize(
    ("kind", "safety"), [(b"Python", LoadingSafety.EXECUTES_CODE), (b"Load", LoadingSafety.DANGEROUS)]
)
def test_operators_that_do_more_than_compute_are_named(kind: bytes, safety: LoadingSafety) -> None:
    detection = found_in(INIT + operator(kind))
    assert detection is not None
    assert detection.loading.safety is safety
    assert kind.decode() in detection.loading.reasons[0]


@pytest.mark.parametrize(
    "content",
    [
        b"\nhello\x12\x05world" * 9,
        field(1, b"n") + field(2, field(2, b"data") + field(4, b"relu1")),
        field(1, b"n") + operator(b"Conv"),
        field(1, b"n") + field(2, b"") * 40,
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    detection = found_in(content, "init_net.pb")
    assert detection is None or detection.format != "caffe2"


def test_a_damaged_network_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(INIT)
