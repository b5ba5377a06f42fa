"""Networks of Leela Chess Zero, written after net.proto, and other things in gzip."""

from __future__ import annotations

import gzip
import random
import struct
import time

import pytest

from bot.scanner.detect import detect
from bot.scanner.formats import leela_chess
from bot.scanner.readers import BoundedReader, BytesReader
from rules.facts import Confidence, Detection, LicenseStatement, LoadingSafety
from tests.scanner.formats.protobuf import field

NOISE = random.Random(0).randbytes
MAGIC = b"\x0d\xc0\x01\0\0"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def read_alone(content: bytes) -> Detection | None:
    """What this format alone says, without those that look into texts and archives."""
    return leela_chess.recognise("x", BoundedReader(BytesReader(content), 2**25))


def layer(number: int, count: int) -> bytes:
    content = b"\x0d" + struct.pack("<f", -1) + b"\x15" + struct.pack("<f", 1) + field(3, NOISE(2 * count))
    return field(number, content)


def network(*, weights: bool = True) -> bytes:
    block = layer(1, 90) + layer(2, 10)
    content = MAGIC + field(2, b"GPL-3.0") + field(3, field(1, 0) + field(2, 21) + field(3, 0))
    content += field(4, field(1, 1) + field(2, field(1, 1) + field(3, 6))) + field(5, field(1, 12_000))
    if weights:
        content += field(10, field(1, block) + field(2, field(1, block) + field(2, block)) + layer(4, 50))
    return content


@pytest.mark.parametrize("content", [gzip.compress(network()), network()], ids=["gzip", "bare"])
def test_a_network_is_told_by_its_content_whatever_its_name(content: bytes) -> None:
    detection = found_in(content)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("leela-chess", True, Confidence.CERTAIN)
    assert (detection.parameters, detection.tensors) == (350, 7)
    assert detection.metadata == {"architecture": "attention", "needs": "lc0 0.21.0", "training_steps": "12,000"}
    assert detection.licenses == (LicenseStatement("license", "GPL-3.0"),)
    assert detection.loading.safety is LoadingSafety.SAFE
    assert detection.remarks == ()


def test_a_network_that_is_cut_off_is_still_one() -> None:
    packed = gzip.compress(network())
    for content in (packed[: len(packed) * 2 // 3], network()[:-100]):
        detection = found_in(content)
        assert detection is not None
        assert detection.is_weight
        assert detection.parameters is None
        assert detection.remarks


def test_a_description_without_weights_is_no_weight() -> None:
    detection = found_in(gzip.compress(network(weights=False)))
    assert detection is not None
    assert not detection.is_weight


def test_a_large_network_is_described_from_its_beginning() -> None:
    content = network(weights=False) + field(10, layer(4, 8_000_000))
    packed = gzip.compress(content, 0)
    detection = found_in(packed)
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.CERTAIN)
    assert detection.parameters is None


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"some text\n" * 100, mtime=0),
        gzip.compress(NOISE(5000), mtime=0),
        b"\x1f\x8b\x08" + NOISE(200),
        MAGIC,
        MAGIC + NOISE(300),
        gzip.compress(b"\x0d\xc1\x01\0\0" + network()[5:], mtime=0),
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    detection = found_in(content, "network.pb.gz")
    assert detection is None or not detection.is_weight or detection.format != "leela-chess"


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(MAGIC + field(10, b"\x0a\x00" * 2**21), mtime=0),
        gzip.compress(bytes(2**30 // 4)),
        gzip.compress(MAGIC + bytes(2**26)),
    ],
    ids=["fields", "zeros", "bomb"],
)
def test_hostile_files_are_left_in_time(content: bytes) -> None:
    begun = time.process_time()
    read_alone(content)
    assert time.process_time() - begun < 5


def test_every_cut_and_change_gives_an_answer() -> None:
    content = network()
    for place in range(len(content)):
        read_alone(content[:place])
        read_alone(content[:place] + b"\xff" + content[place + 1 :])
