"""Networks of KataGo, written as its export does, and other texts."""

from __future__ import annotations

import gzip
import random
import time

import pytest

from bot.scanner.detect import detect
from bot.scanner.formats import katago
from bot.scanner.readers import BoundedReader, BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

NOISE = random.Random(0).randbytes


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def read_alone(content: bytes) -> Detection | None:
    """What this format alone says, without those that look into texts and archives."""
    return katago.recognise("x", BoundedReader(BytesReader(content), 2**25))


def lines(*values: object) -> bytes:
    return "".join(f"{value}\n" for value in values).encode()


def numbers(count: int, *, binary: bool) -> bytes:
    if binary:
        return b"@BIN@" + NOISE(4 * count) + b"\n"
    spread = random.Random(count)
    return " ".join(f"{spread.gauss(0, 0.1):.6g}" for _ in range(count)).encode() + b"\n"


def network(version: int = 8, *, binary: bool = True) -> bytes:
    content = lines("kata1-b2c8-s100-d50", version, 22, 19)
    if version > 12:
        content += lines(20.0, 20.0, 20.0, 20.0, 40.0, 0.25, 30.0)
    if version >= 15:
        content += lines(*[0] * 8)
    content += lines("trunk", 2, 8, 8, 4, 4, 4)
    if version >= 15:
        content += lines(*[0] * 6)
    content += lines("model.conv_spatial", 3, 3, 22, 8, 1, 1) + numbers(9 * 22 * 8, binary=binary)
    content += lines("model.linear_global", 19, 8) + numbers(19 * 8, binary=binary)
    return content


@pytest.mark.parametrize("version", [8, 14, 17])
@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("is_packed", [True, False])
def test_a_network_is_told_by_its_first_layer_whatever_its_name(version: int, *, binary: bool, is_packed: bool) -> None:
    content = network(version, binary=binary)
    detection = found_in(gzip.compress(content) if is_packed else content)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("katago", True, Confidence.CERTAIN)
    assert detection.metadata == {
        "name": "kata1-b2c8-s100-d50",
        "version": str(version),
        "channels": "8",
        "encoding": "bytes" if binary else "text",
    }
    assert detection.loading.safety is LoadingSafety.SAFE


@pytest.mark.parametrize(
    "content",
    [
        lines("name", 8, 22, 19) + b"and then other text\n" * 40,
        lines("name", 8, 22, 19) + NOISE(2000),
        lines(*range(400)),
        lines("a", 1, 2, 3, "b", 3, 3, 2, 8, 1, 1, "c") * 20,
        lines("a", 1, 2, 3, "b", 3, 3, 9, 8, 1, 1) + b"@BIN@" + NOISE(600),
        gzip.compress(b"1\n" * 5000, mtime=0),
    ],
)
def test_other_texts_are_none(content: bytes) -> None:
    assert found_in(content, "net.bin.gz") is None


def test_hostile_files_are_left_in_time() -> None:
    begun = time.process_time()
    for content in (b"x" * 2**22, lines("a", 1, 2, 3) + b"\nx\n1\n1" * 2**20, b"\n" * 2**22):
        read_alone(content)
        read_alone(gzip.compress(content))
    assert time.process_time() - begun < 5


def test_every_cut_and_change_gives_an_answer() -> None:
    content = network()[:600]
    for place in range(len(content)):
        read_alone(content[:place])
        read_alone(content[:place] + b"\xff" + content[place + 1 :])
