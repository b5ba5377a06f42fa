"""What Paddle saves: parameters in a row, the program as a message or in JSON, and Paddle Lite's one file."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data"
PARAMS = (DATA / "linear.pdiparams").read_bytes()
PROGRAM = (DATA / "linear.pdmodel").read_bytes()
PIR = (DATA / "paddle_pir.json").read_bytes()
LITE = (DATA / "tiny.nb").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def test_parameters_are_walked_to_the_end_whatever_their_name() -> None:
    detection = found_in(PARAMS)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("paddle-params", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (4, 58)
    assert detection.metadata["dtypes"] == "FP32 (4)"
    assert detection.loading.safety is LoadingSafety.SAFE


def test_parameters_name_their_program() -> None:
    detection = found_in(PARAMS, "models/linear.pdiparams")
    assert detection is not None
    assert detection.companions == ("linear.pdmodel", "linear.json", "linear.pdiparams.info")


def test_parameters_that_do_not_end_with_the_file_are_damaged() -> None:
    for content in (PARAMS[:-1], PARAMS + b"\1"):
        detection = found_in(content)
        assert detection is not None
        assert (detection.confidence, detection.parameters) == (Confidence.PROBABLE, None)


@pytest.mark.parametrize(
    "content",
    [
        bytes(4096),
        bytes(16) + struct.pack("<I", 4) + b"\x08\x63\x10\x01" + bytes(64),
        bytes(16) + struct.pack("<I", 4) + b"\x08\x05\x11\x01" + bytes(64),
        bytes(16) + struct.pack("<I", 100) + b"\x08\x05",
    ],
)
def test_zeros_are_not_taken_for_parameters(content: bytes) -> None:
    assert found_in(content, "__params__") is None


def test_a_program_is_no_weight_and_names_its_parameters() -> None:
    detection = found_in(PROGRAM, "linear.pdmodel")
    assert detection is not None
    assert (detection.format, detection.is_weight) == ("paddle-program", False)
    assert detection.confidence is Confidence.CERTAIN
    assert detection.metadata == {"operators": "7", "producer": "PaddlePaddle 3.3.1"}
    assert detection.companions == ("linear.pdiparams",)


def test_an_old_program_has_a_file_for_each_parameter() -> None:
    detection = found_in(PROGRAM, "old/__model__")
    assert detection is not None
    assert detection.companions[0] == "__params__"
    assert set(detection.companions) >= {"linear_0.w_0", "linear_0.b_0"}


def test_a_program_that_calls_python_is_said_to() -> None:
    hostile = PROGRAM.replace(b"\x1a\x04relu", b"\x1a\x04RELU").replace(b"\x1a\x04feed", b"\x1a\x04load")
    detection = found_in(hostile)
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.UNKNOWN
    assert "(load)" in detection.loading.reasons[0]


def test_a_program_of_paddle_3_is_json() -> None:
    detection = found_in(PIR, "pir.json")
    assert detection is not None
    assert (detection.format, detection.is_weight) == ("paddle-program", False)
    assert detection.companions == ("pir.pdiparams",)
    assert (detection.confidence, detection.tensors) == (Confidence.CERTAIN, 4)
    assert detection.metadata["operators"] == "7"
    assert detection.loading.safety is LoadingSafety.SAFE
    python = found_in(PIR.replace(b"1.relu", b"1.py_func"))
    assert python is not None
    assert python.loading.safety is LoadingSafety.EXECUTES_CODE
    assert found_in(b'{"base_code": {"magic": "other"}, "program": {}}', "x.json") is None


def test_a_model_of_paddle_lite_is_read_with_its_tensors() -> None:
    detection = found_in(LITE)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("paddle-lite", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (2, 40)
    assert detection.metadata == {"producer": "Paddle Lite v2.12", "dtypes": "FP32 (2)"}


def test_a_wolfram_notebook_is_no_model_of_paddle_lite() -> None:
    notebook = b'(* Content-type: application/vnd.wolfram.mathematica *)\n\nNotebook[{Cell["x"]}]\n'
    assert found_in(notebook, "paper.nb") is None
    assert found_in(b"\1\0abc" + bytes(300), "x.nb") is None
    assert found_in(struct.pack("<H16sQ", 2, b"v2.12", 200) + b"\xff" * 400, "x.nb") is None


@pytest.mark.parametrize("content", [PARAMS, PROGRAM, PIR, LITE], ids=["params", "program", "pir", "lite"])
def test_damaged_files_get_an_answer(content: bytes, damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(content)
