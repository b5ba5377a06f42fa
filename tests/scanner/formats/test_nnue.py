"""Networks of chess engines, written field by field as Stockfish reads them, and what only begins so."""

from __future__ import annotations

import random
import struct

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

NOISE = random.Random(0).randbytes
OLD = (
    "Features=HalfKP(Friend)[64->8x2],Network=AffineTransform[1<-4](ClippedReLU[4]"
    "(AffineTransform[4<-16](InputSlice[16(0:16)])))"
)
TRAINER = "Network trained with the nnue-pytorch trainer."


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def network(version: int, text: str, layers: bytes) -> bytes:
    return struct.pack("<3I", version, 0x3E5AA6EE, len(text)) + text.encode() + struct.pack("<I", 0x5D69D7B8) + layers


def packed(length: int) -> bytes:
    return b"COMPRESSED_LEB128" + struct.pack("<I", length) + NOISE(length)


@pytest.mark.parametrize(
    "content",
    [
        network(0x7AF32F16, OLD, NOISE(1200)),
        network(0x7AF32F20, TRAINER, NOISE(900)),
        network(0x7AF32F20, TRAINER, packed(700)),
        network(0x6A448AFA, TRAINER, packed(700)),
    ],
)
def test_a_network_is_told_by_its_header_whatever_its_name(content: bytes) -> None:
    detection = found_in(content)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("nnue", True, Confidence.CERTAIN)
    assert detection.loading.safety is LoadingSafety.SAFE


def test_the_digest_in_an_official_name_is_told() -> None:
    detection = found_in(network(0x7AF32F20, TRAINER, packed(700)), "src/nn-ad9b42354671.nnue")
    assert detection is not None
    assert detection.metadata == {
        "version": "0x7AF32F20",
        "description": TRAINER,
        "packing": "LEB128",
        "sha256_prefix": "ad9b42354671",
    }


def test_a_description_that_spells_out_the_layers_is_counted() -> None:
    detection = found_in(network(0x7AF32F16, OLD, NOISE(1200)))
    assert detection is not None
    assert detection.parameters == (64 + 1) * 8 + (4 + 1) * 1 + (16 + 1) * 4


def test_a_network_without_description_is_probable() -> None:
    detection = found_in(network(0x7AF32F20, "", NOISE(900)))
    assert detection is not None
    assert detection.confidence is Confidence.PROBABLE


@pytest.mark.parametrize(
    "content",
    [
        b"\x20\x2f\xf3\x7a",
        struct.pack("<3I", 0x7AF32F20, 0, 2**31) + NOISE(200),
        struct.pack("<3I", 0x7AF32F20, 0, 100) + bytes(range(200)),
        struct.pack("<3I", 0x7AF32F21, 0, 20) + b"x" * 200,
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.nnue") is None


def test_every_cut_and_change_gives_an_answer() -> None:
    content = network(0x7AF32F16, OLD, NOISE(200))
    for place in range(len(content)):
        found_in(content[:place])
        found_in(content[:place] + b"\xff" + content[place + 1 :])
