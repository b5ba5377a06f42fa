"""Small models of pictures and words that have no mark of their own, and files of the same length or look."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "language"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def cascade(depth: int = 6, trees: int = 20) -> bytes:
    """A detector as pico.js unpacks it."""
    tree = bytes(4 * (2**depth - 1)) + struct.pack(f"<{2**depth + 1}f", *([0.25, -0.5] * 2 ** (depth - 1)), -3.0)
    return b"\3\0\0\0\0\0\1\1" + struct.pack("<2i", depth, trees) + tree * trees


def localizer(stages: int = 2, trees: int = 5, depth: int = 4) -> bytes:
    """A localizer as lploc.js unpacks it."""
    tree = bytes(4 * (2**depth - 1)) + struct.pack(f"<{2 * 2**depth}f", *([0.01, -0.02] * 2**depth))
    return struct.pack("<ifii", stages, 0.8, trees, depth) + tree * stages * trees


def test_a_cascade_of_pico_is_known_by_sizes_that_fill_the_file() -> None:
    for content, parameters in ((cascade(), 1300), (localizer(), 320)):
        for name in ("facefinder", "data.bin"):
            detection = found_in(content, name)
            assert detection is not None
            assert (detection.format, detection.is_weight) == ("pico", True)
            assert (detection.confidence, detection.parameters) == (Confidence.CERTAIN, parameters)
            assert detection.loading.safety is LoadingSafety.SAFE
        assert found_in(content[:-1]) is None
        assert found_in(content + b"\0") is None


def test_a_file_of_zeros_with_such_sizes_is_none() -> None:
    assert found_in(bytes(8) + struct.pack("<2i", 6, 20) + bytes(20 * 8 * 64)) is None
    assert found_in(bytes(8) + struct.pack("<2i", 12, 2**25) + bytes(2000)) is None


def layers(**changed: object) -> bytes:
    layer = {"nInputPlane": 1, "nOutputPlane": 2, "kW": 3, "kH": 3, "bias": [0.1, 0.2]}
    return json.dumps([{**layer, "weight": [[[[0.5] * 3] * 3]] * 2, **changed}]).encode()


def test_a_model_of_waifu2x_is_certain() -> None:
    for name in ("scale2.0x_model.json", "data.bin"):
        detection = found_in(layers(), name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("waifu2x", True, Confidence.CERTAIN)
    cut = found_in(layers()[:-20])
    assert cut is not None
    assert cut.confidence is Confidence.PROBABLE


def test_other_lists_of_objects_are_none() -> None:
    assert found_in(json.dumps([{"weight": n, "bias": n} for n in range(40)]).encode(), "a.json") is None
    assert found_in(json.dumps([{"kW": 5, "kH": 7, "unit": "kilowatt"} for _ in range(40)]).encode(), "a.json") is None


def test_the_weights_of_nnedi3_are_known_by_their_length() -> None:
    content = np.random.default_rng(0).normal(0, 0.1, 3_393_732).astype("<f4").tobytes()
    for name in ("nnedi3_weights.bin", "data.bin"):
        detection = found_in(content, name)
        assert detection is not None
        assert (detection.format, detection.confidence) == ("nnedi3", Confidence.PROBABLE)
    for other in (bytes(len(content)), content[:-4]):
        foreign = found_in(other, "nnedi3_weights.bin")
        assert foreign is None or foreign.format != "nnedi3"


FIELD = (DATA / "labels.crfsuite").read_bytes()


def test_a_conditional_random_field_is_certain() -> None:
    for name in ("ner.crfsuite", "data.bin"):
        detection = found_in(FIELD, name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("crfsuite", True, Confidence.CERTAIN)
        assert (detection.parameters, detection.metadata["labels"]) == (8, "2")
    for content in (FIELD[:1000], FIELD[:32] + b"\xff" * 100):
        damaged = found_in(content)
        assert damaged is not None
        assert (damaged.confidence, damaged.parameters) == (Confidence.PROBABLE, None)


def zinnia(characters: int = 4, pairs: int = 20) -> bytes:
    """Support vectors as trainer.cpp writes them."""
    body = b""
    for _ in range(characters):
        body += "あ".encode().ljust(16, b"\0") + struct.pack("<f", -0.25)
        body += b"".join(struct.pack("<if", index, 0.5) for index in range(pairs)) + struct.pack("<if", -1, 0.0)
    return struct.pack("<3I", (len(body) + 12) ^ 0x0EF71821, 1, characters) + body


def test_a_model_of_zinnia_names_its_own_length() -> None:
    for name in ("handwriting-ja.model", "data.bin"):
        detection = found_in(zinnia(), name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("zinnia", True, Confidence.CERTAIN)
        assert (detection.parameters, detection.metadata["characters"]) == (84, "4")
    assert found_in(zinnia()[:-8]) is None
    assert found_in(zinnia() + bytes(8)) is None


def packed(*values: int) -> bytes:
    """Numbers as lttoolbox's Compression writes them, below 2**14."""
    return b"".join(bytes([value]) if value < 64 else bytes([0x40 | value >> 8, value & 0xFF]) for value in values)


def tagger(tags: list[str]) -> bytes:
    texts = b"".join(packed(len(tag), *tag.encode()) for tag in tags)
    return packed(3, 5, 1, 2) + packed(2, 1, 4, 2, 3) + packed(len(tags)) + texts + bytes(2000)


def test_a_tagger_of_apertium_is_known_by_its_tags() -> None:
    for name in ("eng-spa.prob", "data.bin"):
        detection = found_in(tagger(["TAG_LPAR", "TAG_kEOF", "NOUN"]), name)
        assert detection is not None
        assert (detection.format, detection.is_weight) == ("apertium-tagger", True)
        assert (detection.confidence, detection.metadata["tags"]) == (Confidence.CERTAIN, "3")
    assert found_in(tagger(["NOUN", "VERB"]), "eng-spa.prob") is None
    assert found_in(b"LTTB" + bytes(2000), "eng-spa.automorf.bin") is None
    assert found_in(b"\x3f\x7f\x01\x01" + b"\xff" * 2000, "eng-spa.prob") is None
