"""Lists of arrays that MXNet saves, in all the manners it has had, and the graph that stands beside them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data"
PARAMS = (DATA / "tiny-0000.params").read_bytes()
SYMBOL = (DATA / "tiny-symbol.json").read_bytes()
HEADER = struct.pack("<QQ", 0x112, 0)


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def array(version: int | None, *shape: int, kind: int = 0) -> bytes:
    """One array: of version 1 or 2, or of the time before there were versions."""
    head = {None: b"", 1: struct.pack("<I", 0xF993FAC8), 2: struct.pack("<Ii", 0xF993FAC9, 0)}[version]
    sizes = struct.pack(f"<{len(shape)}{'I' if version is None else 'q'}", *shape)
    elements = 1
    for size in shape:
        elements *= size
    return head + struct.pack("<I", len(shape)) + sizes + struct.pack("<iii", 1, 0, kind) + bytes(4 * elements)


def listed(*arrays: bytes, names: tuple[bytes, ...] = ()) -> bytes:
    texts = b"".join(struct.pack("<Q", len(name)) + name for name in names)
    return HEADER + struct.pack("<Q", len(arrays)) + b"".join(arrays) + struct.pack("<Q", len(names)) + texts


def test_saved_parameters_are_told_whatever_their_name() -> None:
    detection = found_in(PARAMS)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("mxnet", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (2, 15)
    assert detection.metadata["dtypes"] == "float32 (2)"
    assert detection.loading.safety is LoadingSafety.SAFE
    assert detection == found_in(PARAMS, "tiny-0000.params")


@pytest.mark.parametrize("version", [None, 1, 2])
def test_every_manner_of_writing_is_read(version: int | None) -> None:
    detection = found_in(listed(array(version, 2, 3), array(version, 4), names=(b"arg:w", b"aux:m")))
    assert detection is not None
    assert (detection.confidence, detection.tensors, detection.parameters) == (Confidence.CERTAIN, 2, 10)


def test_arrays_without_names_may_be_data() -> None:
    detection = found_in(listed(array(2, 2, 3)))
    assert detection is not None
    assert detection.confidence is Confidence.POSSIBLE


def test_a_graph_is_no_weight_and_names_the_file_of_its_numbers() -> None:
    detection = found_in(SYMBOL, "deep/tiny-symbol.json")
    assert detection is not None
    assert (detection.format, detection.is_weight) == ("mxnet", False)
    assert detection.companions == ("tiny-0000.params",)


@pytest.mark.parametrize(
    "content",
    [
        HEADER + bytes(64),
        HEADER + struct.pack("<Q", 2**60) + bytes(64),
        HEADER + struct.pack("<QI", 1, 0xF993FAC9) + b"\xff" * 64,
        b'{"nodes": [{"name": "a", "children": []}], "links": []}',
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.params") is None


def test_a_damaged_list_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    cut = found_in(PARAMS[: len(PARAMS) - 20])
    assert cut is not None
    assert (cut.confidence, cut.parameters) == (Confidence.PROBABLE, None)
    damaged_everywhere(PARAMS)
