"""Whatever the bytes, a recogniser answers within bounds and raises nothing."""

from __future__ import annotations

import random
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.target import DATA, ask, ask_detection, real_files

KNOWN = tomllib.loads((DATA / "known.toml").read_text("utf-8"))
FILES = [pytest.param(path, id=path.relative_to(DATA).as_posix()) for path in real_files()]
STARTS = [
    b"",
    b"GGUF\x03\0\0\0",
    b"\x89HDF\r\n\x1a\n",
    b"\x1c\0\0\0TFL3",
    b"\x08\x08",
    b"\x40\0\0\0\0\0\0\0{",
    b"PK\3\4",
]
CUTS, CHANGES = 8, 12
WORK_LIMIT = 20
"""Seconds of work that a file of a few megabytes may take on a busy machine."""


@pytest.mark.parametrize("path", FILES)
def test_a_real_file_is_known_whatever_its_name(path: Path) -> None:
    detection = ask_detection(path.read_bytes())
    found = f"{detection.format} {'weight' if detection.is_weight else 'none'}" if detection else "unknown"
    assert found == KNOWN[path.relative_to(DATA).as_posix()], "what it is belongs into data/known.toml"


@pytest.mark.parametrize("path", FILES)
def test_a_real_file_that_is_cut_or_has_changed_bytes_gives_an_answer(path: Path) -> None:
    content = path.read_bytes()
    for kept in range(0, len(content), 1 + len(content) // CUTS):
        ask(content[:kept])
        ask_detection(content[:kept], path.name)
    chance = random.Random(len(content))
    for _ in range(CHANGES):
        changed = bytearray(content)
        for _ in range(chance.randint(1, 8)):
            changed[chance.randrange(min(len(content), 4000))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, 32, 48, 58))
        ask(bytes(changed))


@settings(max_examples=150, deadline=None)
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=400))
def test_any_bytes_behind_any_mark_give_an_answer(start: bytes, rest: bytes) -> None:
    ask(start + rest)


@pytest.mark.parametrize(
    "content",
    [
        b"GGUF\x03\0\0\0" + bytes(8) + (1).to_bytes(8, "little") + bytes(8) + b"\x09\0\0\0\x08\0\0\0"
        + (2**18).to_bytes(8, "little") + bytes(2**21),
        b"\x08\x08" + b"\x3a\x80\x80\x80\x02" + b"\x0a\x00" * 2**21,
        b"\x08\x01\x12\x02\x0a\x00" * 2**17,
        b"\x1c\0\0\0TFL3" + b"\x10\0\0\0" * 2**20,
        b"\x89HDF\r\n\x1a\n" + bytes(2**22),
        (2**22).to_bytes(8, "little") + b'{"a":' * 2**20,
        b'<?xml version="1.0"?>' + b"<a>" * 2**20,
        b'<?xml version="1.0"?><net name="x" version="11">' + b'<layer id="1" type="Const">' * 2**17,
        b"[" * 2**22,
        b"\nx\n1\n1" * 2**20,
        b"static const float weights[] = {" + b"1" * 2**20,
        b"float w[] = {" + b"0.12345, -0.54321, " * 2**18,
        (b"A" * 76 + b"\n") * 2**16,
        b"\\x00\"" * 2**20,
    ],
    ids=["gguf", "onnx", "graph", "tflite", "hdf5", "safetensors", "deep xml", "layers", "deep json", "short lines",
         "one number", "numbers", "base64", "escapes"],
)  # fmt: skip
def test_files_that_promise_endless_work_are_left_in_time(content: bytes) -> None:
    begun = time.process_time()
    ask_detection(content)
    assert time.process_time() - begun < WORK_LIMIT


def test_a_count_that_no_file_can_have_is_left_out() -> None:
    content = (DATA / "tiny.espdl").read_bytes()
    sides = content.index((4).to_bytes(8, "little") + (3).to_bytes(8, "little"))
    large = (2**62).to_bytes(8, "little")
    detection = ask_detection(content[:sides] + large + large + content[sides + 16 :])
    assert detection is not None
    assert (detection.format, detection.parameters, detection.tensors) == ("espdl", None, 1)
