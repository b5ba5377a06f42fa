"""Networks of Leela Zero as text, and other texts of numbers."""

from __future__ import annotations

import gzip
import random
import time

import pytest

from bot.scanner.detect import detect
from bot.scanner.formats import leela_zero
from bot.scanner.readers import BoundedReader, BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

SPREAD = random.Random(0)


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def read_alone(content: bytes) -> Detection | None:
    """What this format alone says, without those that look into texts and archives."""
    return leela_zero.recognise("x", BoundedReader(BytesReader(content), 2**25))


def line(count: int) -> str:
    return " ".join(f"{SPREAD.gauss(0, 0.1):.6g}" for _ in range(count)) + "\n"


def network(channels: int = 4, blocks: int = 2) -> bytes:
    """A network for a small board as leela-zero's training writes it."""
    tower = [channels * 18 * 9, *[channels] * 3]
    for _ in range(2 * blocks):
        tower += [channels * channels * 9, *[channels] * 3]
    heads = [channels * 2, 2, 2, 2, 90, 10, channels, 1, 1, 1, 32, 8, 8, 1]
    return ("1\n" + "".join(line(count) for count in tower + heads)).encode()


NETWORK = network()


@pytest.mark.parametrize("content", [NETWORK, gzip.compress(NETWORK)], ids=["text", "gzip"])
def test_a_network_is_told_by_its_lines_whatever_its_name(content: bytes) -> None:
    detection = found_in(content)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("leela-zero", True, Confidence.CERTAIN)
    assert detection.parameters == len(NETWORK.split()) - 1
    assert detection.metadata["architecture"] == "2 residual blocks of 4 channels"
    assert detection.loading.safety is LoadingSafety.SAFE


def test_a_network_that_is_cut_off_is_still_one() -> None:
    detection = found_in(NETWORK[: len(NETWORK) // 2])
    assert detection is not None
    assert detection.is_weight
    assert detection.parameters is None


@pytest.mark.parametrize(
    "content",
    [
        b"1\n2\n3\n" * 1000,
        b"1\n" + b"0.5 0.25 " * 500 + b"\n" + b"0.5 0.25 " * 500 + b"\n" + b"1 2 3\n" * 10,
        b"1\n" + b"12 34 56 78 90 11 22 33 44 55 " * 20 + b"\nand words\n" * 20,
        b"1\n0.5,0.25,0.125\n" * 200,
        b"2\n" + b"0 1 0 1\n" * 500,
        gzip.compress(
            b"1\n" + b"0.5 " * 40 + b"\n" + b"0.5 " * 41 + b"\n" * 50 + random.Random(1).randbytes(2000), mtime=0
        ),
    ],
)
def test_other_texts_of_numbers_are_none(content: bytes) -> None:
    assert found_in(content, "weights.txt") is None


def test_hostile_files_are_left_in_time() -> None:
    begun = time.process_time()
    read_alone(gzip.compress(b"1\n" + b"1 " * 2**25))
    read_alone(b"1\n" + b"1" * 2**22)
    read_alone(gzip.compress(b"1\n" + b"0.5 " * 40 + b"\n1" * 2**22))
    assert time.process_time() - begun < 10


def test_every_cut_gives_an_answer() -> None:
    for kept in range(0, len(NETWORK), 41):
        detection = read_alone(NETWORK[:kept])
        assert detection is None or detection.format == "leela-zero"
