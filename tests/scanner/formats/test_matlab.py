"""MAT-files of MATLAB and Octave: networks among measurements."""

from __future__ import annotations

import io
import struct
import time
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "classical"
HEADER = b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\x01IM"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def element(kind: int, content: bytes) -> bytes:
    return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)


def array(kind: int, *parts: bytes, name: bytes = b"net", shape: tuple[int, ...] = (1, 1)) -> bytes:
    """One array of the MAT-file format; `kind` is MATLAB's class number."""
    dimensions = element(5, struct.pack(f"<{len(shape)}i", *shape))
    flags = element(6, struct.pack("<II", kind, 0))
    return element(14, flags + dimensions + element(1, name) + b"".join(parts))


def opaque(class_name: bytes, system: bytes = b"MCOS") -> bytes:
    flags = element(6, struct.pack("<II", 17, 0))
    numbers = array(13, element(6, bytes(24)), name=b"", shape=(6, 1))
    return element(14, flags + element(1, b"net") + element(1, system) + element(1, class_name) + numbers)


@pytest.mark.parametrize("name", ["matconvnet_v6.mat", "matconvnet_v7.mat"])
def test_a_network_of_matconvnet_is_told_by_its_layers(name: str) -> None:
    for path in (name, "data.bin"):
        detection = found_in((DATA / name).read_bytes(), path)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("matlab", True, Confidence.CERTAIN)
        assert detection.title == "MatConvNet network"
        assert detection.metadata["variables"] == "layers, meta"
        assert detection.loading.safety is LoadingSafety.SAFE


@pytest.mark.parametrize("class_name", [b"SeriesNetwork", b"DAGNetwork", b"dlnetwork", b"ClassificationSVM"])
@pytest.mark.parametrize("is_packed", [False, True])
def test_an_object_of_a_trained_class_is_a_model(class_name: bytes, is_packed: bool) -> None:
    variable = element(15, zlib.compress(opaque(class_name))) if is_packed else opaque(class_name)
    detection = found_in(HEADER + variable)
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.CERTAIN)
    assert detection.metadata["architecture"] == class_name.decode()
    assert detection.loading.safety is LoadingSafety.UNKNOWN


def test_a_network_of_the_old_toolbox_is_a_model() -> None:
    fields = element(5, struct.pack("<i", 8)) + element(1, b"IW".ljust(8, b"\0"))
    inner = array(6, element(9, struct.pack("<2d", 1, 2)), name=b"", shape=(2, 1))
    detection = found_in(HEADER + array(3, element(1, b"network"), fields, inner))
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.CERTAIN)


def test_a_network_in_version_7_3_is_told_by_the_class_of_its_variable() -> None:
    stream = io.BytesIO()
    with h5py.File(stream, "w", userblock_size=512) as file:
        file["net"] = np.zeros((1, 6), np.uint32)
        file["net"].attrs["MATLAB_class"] = np.bytes_("DAGNetwork")
    content = b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\x02IM" + bytes(384) + stream.getvalue()[512:]
    detection = found_in(content)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("matlab", True, Confidence.CERTAIN)


def test_arrays_named_like_layers_are_probably_a_network() -> None:
    rng = np.random.default_rng(0)
    variables = [("W1", (16, 8)), ("b1", (16, 1)), ("W2", (4, 16)), ("b2", (4, 1))]
    content = HEADER + b"".join(
        array(6, element(9, rng.normal(size=shape).tobytes()), name=name.encode(), shape=shape)
        for name, shape in variables
    )
    detection = found_in(content)
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert (detection.parameters, detection.tensors) == (16 * 8 + 16 + 4 * 16 + 4, 4)


@pytest.mark.parametrize("name", ["matlab_v4.mat", "matlab_measurements.mat"])
def test_measurements_are_no_model(name: str) -> None:
    detection = found_in((DATA / name).read_bytes(), "model.mat")
    assert detection is not None
    assert (detection.format, detection.is_weight) == ("matlab", False)


def test_functions_run_code_when_they_are_called() -> None:
    detection = found_in(HEADER + array(16, name=b"f"))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE


@pytest.mark.parametrize("kept", [600, 900, 1200])
def test_a_truncated_network_is_reported(kept: int) -> None:
    detection = found_in((DATA / "matconvnet_v6.mat").read_bytes()[:kept])
    assert detection is not None
    assert "cut off" in detection.remarks[0]
    assert detection.loading.safety is LoadingSafety.UNKNOWN


@pytest.mark.parametrize(
    "content",
    [
        b"MATLAB 5.0 is what we use for the plots\n" * 10,
        b"\0\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0?\0",
        b"\x0a\0\0\0" + bytes(60),
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.mat") is None


def nested(depth: int) -> bytes:
    content = array(1, name=b"", shape=(0, 0))
    for _ in range(depth):
        content = array(1, content, name=b"")
    return content


@pytest.mark.parametrize(
    "content",
    [
        HEADER + nested(200),
        HEADER + array(1, array(6, name=b"", shape=(0, 0)) * 60_000, shape=(2**31 - 1, 2**31 - 1)),
        HEADER + array(2, element(5, struct.pack("<i", 1)), element(1, b""), shape=(2**31 - 1, 2**31 - 1)),
        HEADER + element(15, zlib.compress(bytes(200_000_000), 9)) * 20,
    ],
    ids=["deep", "many cells", "many structs without fields", "bomb"],
)
def test_hostile_files_are_left_in_time(content: bytes) -> None:
    begun = time.process_time()
    found_in(content)
    assert time.process_time() - begun < 10
