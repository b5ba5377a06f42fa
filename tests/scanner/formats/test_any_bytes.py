"""Whatever the bytes, a recogniser answers within bounds and raises nothing."""

from __future__ import annotations

import io
import tempfile
import time
from functools import cache
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import onnx
import pytest
from gguf import GGUFWriter
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper
from safetensors.numpy import save

from bot.scanner.detect import detect
from bot.scanner.formats import all_formats
from bot.scanner.readers import BoundedReader, BytesReader
from rules.facts import Detection

DATA = Path(__file__).parent / "data"
STARTS = [b"", b"GGUF\x03\0\0\0", b"\x89HDF\r\n\x1a\n", b"\x1c\0\0\0TFL3", b"\x08\x08", b"\x40\0\0\0\0\0\0\0{"]
FORMATS = ["safetensors", "gguf", "onnx", "tflite", "hdf5"]


@cache
def real(name: str) -> bytes:
    """A small real file of each format."""
    weights = np.ones((4, 4), np.float32)
    if name == "safetensors":
        return save({"a": weights, "b": weights}, {"license": "mit"})
    if name == "tflite":
        return (DATA / "dense.tflite").read_bytes()
    if name == "onnx":
        values = [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [4])]
        node = helper.make_node("MatMul", ["x", "w"], ["x"])
        graph = helper.make_graph([node], "g", values, values, [numpy_helper.from_array(weights, "w")])
        return bytes(helper.make_model(graph).SerializeToString())
    if name == "hdf5":
        stream = io.BytesIO()
        with h5py.File(stream, "w") as file:
            file.attrs["keras_version"] = "3"
            file.attrs["model_config"] = '{"class_name": "Sequential"}'
            file["model_weights/dense/kernel:0"] = weights
        return stream.getvalue()
    return _gguf(weights)


def _gguf(weights: npt.NDArray[np.float32]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.gguf"
        writer = GGUFWriter(path, "llama")
        writer.add_token_list(["a", "b"])
        writer.add_chat_template("{{ messages }}")
        writer.add_tensor("w", weights)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path.read_bytes()


def answers(content: bytes) -> list[Detection]:
    """What every recogniser says; each must be fit to be shown and stored."""
    found = [
        answer
        for module in all_formats().values()
        if (answer := module.recognise("a.bin", BoundedReader(BytesReader(content), 32 * 1024 * 1024))) is not None
    ]
    for answer in found:
        assert answer.parameters is None or answer.parameters >= 0
        for text in (*answer.metadata.values(), *answer.base_models):
            assert len(text) <= 200
            assert text.isprintable()
    return found


@settings(max_examples=150, deadline=None)
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=400))
def test_any_bytes_behind_any_mark_give_an_answer(start: bytes, rest: bytes) -> None:
    answers(start + rest)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=120, deadline=None)
@given(seed=st.data())
def test_a_real_file_with_changed_bytes_gives_an_answer(name: str, seed: st.DataObject) -> None:
    content = bytearray(real(name))
    places = st.integers(0, min(len(content), 4000) - 1)
    for place, byte in seed.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=8)):
        content[place] = byte
    answers(bytes(content))


@pytest.mark.parametrize("name", FORMATS)
def test_a_real_file_is_known_and_known_again_when_cut_anywhere(name: str) -> None:
    content = real(name)
    detection = detect("x", BytesReader(content))
    assert detection is not None
    assert (detection.format, detection.is_weight) == (name, True)
    for kept in range(0, len(content), 1 + len(content) // 150):
        answers(content[:kept])


@pytest.mark.parametrize(
    "content",
    [
        b"GGUF\x03\0\0\0" + bytes(8) + (1).to_bytes(8, "little") + bytes(8) + b"\x09\0\0\0\x08\0\0\0"
        + (2**20).to_bytes(8, "little") + bytes(2**23),
        b"\x08\x08" + b"\x3a\x80\x80\x80\x02" + b"\x0a\x00" * 2**21,
        b"\x1c\0\0\0TFL3" + b"\x10\0\0\0" * 2**20,
        b"\x89HDF\r\n\x1a\n" + bytes(2**22),
        (2**22).to_bytes(8, "little") + b'{"a":' * 2**20,
    ],
    ids=["gguf", "onnx", "tflite", "hdf5", "safetensors"],
)  # fmt: skip
def test_files_that_promise_endless_work_are_left_in_time(content: bytes) -> None:
    begun = time.monotonic()
    answers(content)
    assert time.monotonic() - begun < 20
