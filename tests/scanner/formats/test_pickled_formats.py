"""PyTorch, pickle and joblib files, made by their own libraries, told apart and read without being loaded."""

from __future__ import annotations

import array
import contextlib
import io
import os
import pickle
import pickletools
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader, FileReader, UnreadableError
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


class Calls:
    """Pickles as a call of something; never unpickled."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize(
    ("name", "identifier", "parameters"),
    [
        ("state_dict.pt", "pytorch-zip", 178),
        ("module.pt", "pytorch-zip", 178),
        ("legacy.pt", "pytorch-legacy", 178),
        ("scripted.pt", "torchscript", 178),
        ("logistic.joblib", "joblib", 8),
        ("logistic.joblib.gz", "joblib", 8),
        ("arrays.joblib", "joblib", 10_000),
        ("forest.pkl", "pickle", 146),
    ],
)
def test_a_model_is_told_by_its_content_whatever_its_name(name: str, identifier: str, parameters: int) -> None:
    detection = detect("renamed.dat", FileReader(DATA / name))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == (identifier, True, Confidence.CERTAIN)
    assert detection.parameters == parameters
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE


def test_a_state_dict_calls_tensor_constructors_only_and_that_is_said() -> None:
    detection = detect("x", FileReader(DATA / "state_dict.pt"))
    assert detection is not None
    [reason] = detection.loading.reasons
    assert "tensor constructors only" in reason


def test_a_whole_module_names_what_it_calls() -> None:
    detection = detect("x", FileReader(DATA / "module.pt"))
    assert detection is not None
    assert any("torch.nn.modules.container.Sequential" in reason for reason in detection.loading.reasons)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    ("function", "arguments", "named"),
    [(os.system, ("true",), "posix.system"), (eval, ("1",), "eval"), (__import__, ("os",), "__import__")],
)
def test_a_dangerous_call_is_named_in_every_protocol(
    protocol: int, function: Any, arguments: tuple[Any, ...], named: str
) -> None:
    detection = found_in(pickle.dumps({"state_dict": Calls(function, *arguments)}, protocol), "model.pt")
    assert detection is not None
    assert detection.is_weight
    assert detection.loading.safety is LoadingSafety.DANGEROUS
    assert any(named in reason for reason in detection.loading.reasons)


def test_a_second_pickle_behind_a_harmless_one_is_read_too() -> None:
    content = pickle.dumps({"a": 1}) + pickle.dumps(Calls(os.system, "true"))
    detection = found_in(content, "model.pkl")
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS


def test_a_stream_that_breaks_behind_a_dangerous_call_is_dangerous_and_not_unknown() -> None:
    content = pickle.dumps(Calls(os.system, "true"), 2)[:-1] + b"\xff\xff"
    detection = found_in(content, "model.pkl")
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS


def test_a_truncated_pickle_is_unknown_and_never_safe() -> None:
    content = pickle.dumps({"state_dict": {"w": np.zeros((50, 50), np.float32)}})
    detection = found_in(content[: len(content) // 2], "model.pkl")
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.UNKNOWN
    assert detection.parameters is None


def test_a_name_that_is_made_from_the_memo_is_followed() -> None:
    # PROTO, two texts kept and fetched again, then STACK_GLOBAL: the names do not stand beside the instruction.
    content = (
        b"\x80\x04" + b"\x8c\x05posix" + b"\x94" + b"0" + b"\x8c\x06system" + b"\x94" + b"0"
        b"h\x00h\x01\x93" + b"\x8c\x04true\x85R."
    )
    assert list(pickletools.genops(content))
    detection = found_in(content, "model.pkl")
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS


def test_the_pickle_of_a_zip_is_read_and_so_are_its_others() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps({"weight": 1}, 2))
        archive.writestr("model/extra.pkl", pickle.dumps(Calls(os.system, "true"), 2))
        archive.writestr("model/data/0", b"\0" * 16)
    detection = found_in(stream.getvalue())
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS


@pytest.mark.parametrize("value", [{"name": "cache", "rows": ["a", "b"]}, ["x"] * 50, {"a": {"b": None}}, {1, 2}])
def test_a_pickled_cache_is_no_weight(value: Any) -> None:
    detection = found_in(pickle.dumps(value), "cache.pkl")
    assert detection is not None
    assert not detection.is_weight


def test_arrays_without_a_name_for_weights_are_possible_at_most() -> None:
    detection = found_in(pickle.dumps({"temperature": np.zeros(40)}), "measured.pkl")
    assert detection is not None
    assert detection.confidence is Confidence.POSSIBLE


@pytest.mark.parametrize(
    "content", [b"", b"\x80", b"\x80\x04", b"\x80\x04.", b"(lp0\n.", b"import os\n", b"common text\n"]
)
def test_what_is_no_pickle_is_none(content: bytes) -> None:
    detection = found_in(content)
    assert detection is None or not detection.is_weight


def test_a_large_array_costs_no_more_than_a_small_one() -> None:
    class Counting(BytesReader):
        taken = 0

        def read(self, offset: int, length: int) -> bytes:
            self.taken += length
            return super().read(offset, length)

    large = Counting(pickle.dumps({"state_dict": {"w": np.zeros((1500, 1500), np.float32)}}, 4))
    detection = detect("x", large)
    assert detection is not None
    assert detection.parameters == 2_250_000
    assert large.taken < 1024 * 1024 < large.size


REAL = [
    (DATA / name).read_bytes()
    for name in ("state_dict.pt", "legacy.pt", "logistic.joblib", "logistic.joblib.gz", "forest.pkl")
]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_bytes_make_it_raise(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from([*REAL, b"\x80\x04", b"PK\x03\x04"])))
    for _ in range(data.draw(st.integers(0, 8))):
        position = data.draw(st.integers(0, len(content)))
        content[position : position + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    with contextlib.suppress(UnreadableError):  # an archive that cannot be looked through is no clean one
        found_in(bytes(content), data.draw(st.sampled_from(["a.pt", "a.bin", "a"])))


def test_a_large_array_of_python_in_the_text_protocol_may_be_a_model() -> None:
    numbers = array.array("f", [0.25, -1.5] * 8_000)
    detection = detect("data.bin", BytesReader(pickle.dumps((numbers, ["en", "de"]), 0)))
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.POSSIBLE)
