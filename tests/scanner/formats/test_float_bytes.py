"""Numbers without any structure: possible by their spread, and no more; sounds, shapes and noise are not."""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection

CHANCE = np.random.default_rng(1)
WEIGHTS = CHANCE.normal(0, 0.05, 60_000).astype(np.float32)


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (WEIGHTS.tobytes(), "float32"),
        (WEIGHTS.astype(np.float16).tobytes(), "float16"),
        ((WEIGHTS.view(np.uint32) >> 16).astype(np.uint16).tobytes(), "bfloat16"),
    ],
)
def test_a_dump_of_weights_is_possible_and_says_why(content: bytes, kind: str) -> None:
    detection = found_in(content)
    assert detection is not None
    assert (detection.format, detection.confidence) == ("float-bytes", Confidence.POSSIBLE)
    assert detection.metadata["dtypes"] == kind
    assert "entropy of the byte planes" in detection.remarks[0]


def test_a_shard_of_tensorflow_js_is_probable_by_its_name_and_its_spread() -> None:
    quantised = np.clip(CHANCE.normal(120, 14, 100_000), 0, 255).astype(np.uint8).tobytes()
    for content in (WEIGHTS.tobytes(), quantised):
        detection = found_in(content, "web/group1-shard1of6.bin")
        assert detection is not None
        assert detection.confidence is Confidence.PROBABLE
    assert found_in(quantised) is None
    assert found_in(random.Random(1).randbytes(100_000), "group1-shard1of6.bin") is None


def sound() -> bytes:
    time = np.arange(60_000) / 44_100
    return (0.4 * np.sin(2 * np.pi * 440 * time)).astype(np.float32).tobytes()


def vertices() -> bytes:
    walk = np.cumsum(CHANCE.normal(0, 0.001, (20_000, 3)), axis=0) + 1
    return walk.astype(np.float32).tobytes()


def normals() -> bytes:
    directions = CHANCE.normal(0, 1, (20_000, 3))
    return (directions / np.linalg.norm(directions, axis=1, keepdims=True)).astype(np.float32).tobytes()


ORDINARY = {
    "sound": sound(),
    "vertices": vertices(),
    "normals": normals(),
    "noise": random.Random(1).randbytes(200_000),
    "zeros": bytes(200_000),
    "integers": struct.pack("<50000I", *range(50_000)),
    "16-bit sound": (CHANCE.normal(0, 3000, 100_000)).astype(np.int16).tobytes(),
    "heights": (CHANCE.normal(800, 90, 60_000)).astype(np.float32).tobytes(),
    "doubles": CHANCE.normal(0, 0.05, 60_000).tobytes(),
    "pixels": CHANCE.integers(0, 256, 200_000, dtype=np.uint8).tobytes(),
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_other_binary_content_is_not_spoken_of(kind: str) -> None:
    detection = found_in(ORDINARY[kind])
    assert detection is None or detection.format != "float-bytes"


def test_every_cut_gives_an_answer() -> None:
    content = b"\1" + WEIGHTS.tobytes()
    for kept in range(0, len(content), 4001):
        found_in(content[:kept])
