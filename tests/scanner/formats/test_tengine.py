"""Models of Tengine, written field by field after its header."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


class Writer:
    """Bytes that are put down one after the other; what leads to them knows where they are."""

    def __init__(self) -> None:
        self.content = bytearray(12)

    def put(self, raw: bytes) -> int:
        place = len(self.content)
        self.content += raw + bytes(-len(raw) % 4)
        return place

    def offsets(self, *places: int) -> int:
        return self.put(struct.pack(f"<{len(places) + 1}I", len(places), *places))

    def text(self, word: bytes) -> int:
        return self.put(struct.pack("<II", len(word) + 1, self.put(word + b"\0")))


def model(kind: int = 2) -> bytes:
    """One convolution with a constant of 4 x 3 x 3 x 3 floats."""
    writer = Writer()
    numbers = writer.put(bytes(range(1, 109)) * 4)
    buffer = writer.put(struct.pack("<II", 432, numbers))
    dims = writer.put(struct.pack("<5I", 4, 4, 3, 3, 3))
    tensor = writer.put(struct.pack("<IIIIIiii", 0, 0, dims, writer.text(b"conv/weight"), 0, 0, kind, 0))
    operator = writer.put(struct.pack("<III", 1, 5, 0))
    node = writer.put(struct.pack("<IIIIIIB", 0, 0, 0, operator, writer.text(b"conv"), 0, 0))
    nodes, tensors, buffers = writer.offsets(node), writer.offsets(tensor), writer.offsets(buffer)
    graph = writer.put(struct.pack("<10I", 0, 0, 0, 0, 0, nodes, tensors, buffers, writer.text(b"g"), 0))
    root = writer.put(struct.pack("<iiII", 3, 0, writer.offsets(graph), writer.text(b"tiny")))
    writer.content[:12] = struct.pack("<HHHHI", 2, 0, 0, 0, root)
    return bytes(writer.content)


def test_a_model_is_told_by_its_structure_whatever_its_name() -> None:
    detection = found_in(model())
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("tengine", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (1, 108)
    assert detection.metadata == {"producer": "ONNX", "dtypes": "FP32 (1)"}
    assert detection.loading.safety is LoadingSafety.SAFE


@pytest.mark.parametrize(
    "content",
    [
        model(kind=1),
        bytes([2, 0]) + bytes(200),
        bytes([2, 0]) * 200,
        struct.pack("<HHHHI", 2, 0, 0, 0, 16) + b"\xff" * 99,
        struct.pack("<HHHHIIiiIII", 2, 0, 0, 0, 16, 0, 3, 0, 32, 0, 2**32 - 1) + bytes(99),
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.tmfile") is None


def test_a_damaged_model_gets_an_answer(damaged_everywhere: Callable[[bytes], None]) -> None:
    damaged_everywhere(model())
