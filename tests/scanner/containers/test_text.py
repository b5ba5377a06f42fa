"""Weights that are written out in a text: found by decoding them; ordinary tables, pictures and fonts are not."""

from __future__ import annotations

import base64
import gzip
import json
import random
import textwrap
from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety
from tests.scanner.containers.makers import EVIL, SAFETENSORS, TFLITE, zipped

NOISE = random.Random(2).randbytes(5000)
LICENSE = b"/* Copyright the authors. Permission is hereby granted, free of charge. */\n" * 40


def _c_array(content: bytes, digits: str = "0x{:02x}") -> bytes:
    """As `xxd -i` writes it."""
    rows = [", ".join(digits.format(byte) for byte in content[i : i + 12]) for i in range(0, len(content), 12)]
    return LICENSE + b"unsigned char x[] = {\n  " + ",\n  ".join(rows).encode() + b"\n};\n"


def _commented(content: bytes) -> bytes:
    rows = [
        f"/* {i:#06x} */ " + ", ".join(f"{byte:#04x}" for byte in content[i : i + 8]) for i in range(0, len(content), 8)
    ]
    return LICENSE + b"alignas(16) const unsigned char x[] = {\n" + ",\n".join(rows).encode() + b"};\n"


def _java(content: bytes) -> bytes:
    return LICENSE + b"byte[] x = {" + ", ".join(str(byte - 256 * (byte > 127)) for byte in content).encode() + b"};\n"


def _notebook(content: bytes) -> bytes:
    lines = base64.encodebytes(content).decode().splitlines(keepends=True)
    cell = {"cell_type": "code", "source": [], "outputs": [{"data": {"application/octet-stream": lines}}]}
    return json.dumps({"nbformat": 4, "cells": [cell]}, indent=1).encode()


def _javascript(content: bytes) -> bytes:
    return LICENSE + b'!function(d){module.exports="' + base64.b64encode(content) + b'"},{}]},{},[1])(1)});'


WRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "C, hexadecimal": _c_array,
    "C, decimal": lambda content: _c_array(content, "{}"),
    "C, with offsets": _commented,
    "Java, signed": _java,
    "Rust": lambda content: LICENSE + f"static X: [u8; 9] = [{', '.join(f'{b}u8' for b in content)}];".encode(),
    "C string": lambda content: LICENSE + b'x = "' + "".join(f"\\x{b:02x}" for b in content).encode() + b'";\n',
    "Python, wrapped base64": lambda content: LICENSE + b'DATA = """\n' + base64.encodebytes(content) + b'"""\n',
    "Python, base85": lambda content: LICENSE + b'DATA = b"""' + base64.b85encode(content) + b'"""\n',
    "JavaScript": _javascript,
    "notebook": _notebook,
    "YAML": lambda content: LICENSE
    + b"data: |\n"
    + textwrap.indent(base64.encodebytes(content).decode(), "    ").encode(),
    "hexadecimal digits": lambda content: content.hex().encode(),
}  # fmt: skip


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


@pytest.mark.parametrize("way", WRITTEN)
def test_a_model_in_a_text_is_found_whatever_the_way_of_writing(way: str) -> None:
    detection = found_in(WRITTEN[way](TFLITE + NOISE[:400]))
    assert detection is not None
    assert (detection.format, detection.confidence) == ("tflite", Confidence.CERTAIN)
    assert detection.title == "TensorFlow Lite, written out in text"
    assert detection.parameters == 10


@pytest.mark.parametrize(
    "content", [SAFETENSORS + NOISE, gzip.compress(TFLITE), zipped({"net": TFLITE})], ids=["safetensors", "gzip", "zip"]
)
def test_whatever_is_written_out_is_asked_about(content: bytes) -> None:
    detection = found_in(_javascript(content), "bundle.js")
    assert detection is not None
    assert detection.is_weight


def test_a_pickle_in_base64_is_followed() -> None:
    detection = found_in(_javascript(EVIL + NOISE))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS


def test_a_large_model_in_a_text_is_read_by_its_head() -> None:
    detection = found_in(_javascript(TFLITE + NOISE * 400))
    assert detection is not None
    assert detection.parameters == 10


@pytest.mark.parametrize("way", WRITTEN)
def test_other_bytes_in_a_text_are_nothing_to_speak_of(way: str) -> None:
    noise = random.Random(1).randbytes(6000)
    for start in (b"\x89PNG\r\n\x1a\n", b"wOF2", b"\0asm\1\0\0\0", b"%PDF-1.4\n", b"\xff\xd8\xff\xe0", b""):
        assert found_in(WRITTEN[way](start + noise)) is None


@pytest.mark.parametrize(
    "content",
    [
        b"// " + b"=" * 70 + b"\n" + b"int main(void) { return f(1, 2, 3); }\n" * 300,
        b"deadbeef" * 4096,
        b"{" * 100_000,
        b"(0x12, " * 30_000,
        b"A" * 3_000_000,
        b"+" * 400_000,
        ("\\x" * 100_000).encode(),
        b"a1B2" * 10 + b"\n" + (b"a1B2" * 10 + b" x\n") * 5_000,
    ],
)
def test_texts_that_promise_endless_work_are_left_in_time(content: bytes) -> None:
    assert found_in(content) is None


@pytest.mark.parametrize("way", WRITTEN)
def test_every_cut_gives_an_answer(way: str) -> None:
    content = WRITTEN[way](TFLITE + NOISE[:1500])
    for kept in range(0, len(content), 1 + len(content) // 50):
        found_in(content[:kept])
