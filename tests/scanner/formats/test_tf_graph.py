"""TensorFlow's graphs: frozen, without numbers, of a checkpoint and of a SavedModel."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety
from tests.scanner.formats.protobuf import field

DATA = Path(__file__).parent / "data"
FROZEN = (DATA / "frozen_graph.pb").read_bytes()
SAVED = (DATA / "saved_model.pb").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def node(name: bytes, operator: bytes, *attributes: bytes) -> bytes:
    inside = field(1, name) + field(2, operator) + b"".join(field(5, attribute) for attribute in attributes)
    return field(1, inside)


def constant(name: bytes, kind: int, sides: tuple[int, ...], numbers: bytes) -> bytes:
    shape = b"".join(field(2, bytes([8, side])) for side in sides)
    tensor = bytes([8, kind]) + field(2, shape) + numbers
    return node(name, b"Const", field(1, b"value") + field(2, field(8, tensor)))


def test_a_frozen_graph_is_told_by_its_structure_whatever_its_name() -> None:
    for name in ("frozen_inference_graph.pb", "data.bin"):
        detection = found_in(FROZEN, name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("tf-graph", True, Confidence.CERTAIN)
        assert (detection.tensors, detection.parameters) == (2, 40)
        assert detection.metadata == {"operators": "10", "dtypes": "float32 (2)"}
        assert detection.loading.safety is LoadingSafety.SAFE


@pytest.mark.parametrize("name", ["graph_only.pb", "checkpoint.meta"])
def test_a_graph_without_numbers_is_no_weight(name: str) -> None:
    detection = found_in((DATA / name).read_bytes(), name)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("tf-graph", False, Confidence.CERTAIN)


def test_a_saved_model_is_told_with_what_lies_beside_it() -> None:
    detection = found_in(SAVED)
    assert detection is not None
    assert (detection.format, detection.is_weight) == ("tf-saved-model", True)
    assert detection.confidence is Confidence.CERTAIN
    assert detection.metadata["producer"] == "TensorFlow 2.21.0"
    assert (detection.tensors, detection.parameters) == (2, 40)
    assert {"variables/", "fingerprint.pb"} <= set(detection.companions)
    assert detection.loading.safety is LoadingSafety.SAFE


def test_a_graph_that_reads_files_is_dangerous() -> None:
    detection = found_in((DATA / "readfile_graph.pb").read_bytes())
    assert detection is not None
    assert detection.is_weight
    assert detection.loading.safety is LoadingSafety.DANGEROUS
    assert "ReadFile" in detection.loading.reasons[0]


def test_a_graph_that_prints_into_a_file_is_dangerous() -> None:
    target = field(1, b"output_stream") + field(2, field(2, b"file:///home/me/.bashrc"))
    content = node(b"x", b"Placeholder") + node(b"shout", b"PrintV2", target)
    detection = found_in(content)
    assert detection is not None
    assert (detection.is_weight, detection.loading.safety) == (True, LoadingSafety.DANGEROUS)
    harmless = found_in(content.replace(b"file:///home/me/.bashrc", b"stderr, as most models "))
    assert harmless is not None
    assert harmless.loading.safety is LoadingSafety.SAFE


def test_python_in_a_function_of_the_library_is_named() -> None:
    function = field(1, field(3, field(1, b"call") + field(2, b"EagerPyFunc")))
    detection = found_in(node(b"x", b"Placeholder") + field(2, function))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE


def test_one_number_repeated_and_sizes_are_no_layers() -> None:
    repeated = constant(b"zeros", 1, (100, 100), field(5, bytes(4)))
    sizes = constant(b"sizes", 3, (64,), field(4, bytes(256)))
    detection = found_in(node(b"x", b"Placeholder") + repeated + sizes)
    assert detection is not None
    assert (detection.is_weight, detection.parameters) == (False, 0)
    layer = constant(b"layer", 1, (8, 8), field(4, bytes(256)))
    detection = found_in(node(b"x", b"Placeholder") + repeated + layer)
    assert detection is not None
    assert (detection.is_weight, detection.parameters) == (True, 64)


@pytest.mark.parametrize("kept", [200, 260, 400, 600])
def test_a_truncated_frozen_graph_is_reported_and_never_called_safe(kept: int) -> None:
    detection = found_in(FROZEN[:kept])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert detection.remarks == ("It is cut off.",)
    assert detection.loading.safety is LoadingSafety.UNKNOWN


@pytest.mark.parametrize(
    "content",
    [
        b"\n\n# A page\n\nwith text\x12\n",
        (DATA / "dense.tflite").read_bytes(),
        b'node {\n  name: "x"\n  op: "Placeholder"\n}\n',
        # A map from texts to texts, as thousands of messages hold.
        b"".join(field(1, field(1, b"key") + field(2, b"Value")) for _ in range(10)),
        # A model of ONNX whose version comes later than it should.
        field(7, field(1, field(4, b"MatMul"))),
    ],
    ids=["text", "TensorFlow Lite", "a graph as text", "a map", "ONNX"],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    detection = found_in(content, "model.pb")
    assert detection is None or detection.format not in {"tf-graph", "tf-saved-model"}


def test_every_cut_and_damaged_byte_gives_an_answer() -> None:
    for kept in range(0, len(FROZEN), 5):
        found_in(FROZEN[:kept])
    for position in range(0, len(FROZEN), 2):
        for byte in (0x00, 0x7F, 0xFF):
            found_in(FROZEN[:position] + bytes([byte]) + FROZEN[position + 1 :])


def test_a_graph_of_endless_nodes_is_left_in_time() -> None:
    begun = time.process_time()
    detection = found_in(node(b"x", b"Const", b"", b"") * 50_000)
    assert time.process_time() - begun < 20
    assert detection is not None


def written(*nodes: str) -> bytes:
    return "".join(f"node {{\n  {inside}\n}}\n" for inside in nodes).encode()


def written_constant(name: str, sides: tuple[int, ...], content: str) -> str:
    dims = " ".join(f"dim {{ size: {side} }}" for side in sides)
    tensor = f'tensor {{ dtype: DT_FLOAT tensor_shape {{ {dims} }} tensor_content: "{content}" }}'
    return f'name: "{name}"\n  op: "Const"\n  attr {{ key: "value" value {{ {tensor} }} }}'


INPUT = 'name: "x"\n  op: "Placeholder"'


def test_a_frozen_graph_as_text_is_probably_a_model() -> None:
    content = written(INPUT, written_constant("dense/kernel", (4, 8), r"\\276\"W" * 43))
    for path in ("frozen.pbtxt", "data.bin"):
        detection = found_in(content, path)
        assert detection is not None
        assert (detection.format, detection.confidence) == ("tf-graph-text", Confidence.PROBABLE)
        assert (detection.is_weight, detection.parameters, detection.tensors) == (True, 32, 1)
        assert detection.loading.safety is LoadingSafety.SAFE
    cut = found_in(content[:-10])
    assert cut is not None
    assert cut.is_weight
    assert cut.remarks == ("It is cut off.",)


def test_a_graph_as_text_without_numbers_is_no_weight() -> None:
    detection = found_in(written(INPUT, written_constant("shape", (2,), r"\000\000\000\000")))
    assert detection is not None
    assert not detection.is_weight
    calculators = b'node {\n  name: "a"\n  calculator: "PassThrough"\n}\n'
    assert found_in(calculators * 20) is None


def test_a_graph_as_text_that_reads_files_is_dangerous() -> None:
    detection = found_in(written(INPUT, 'name: "r"\n  op: "ReadFile"'))
    assert detection is not None
    assert (detection.is_weight, detection.loading.safety) == (True, LoadingSafety.DANGEROUS)


def variable(name: bytes, *sides: int) -> bytes:
    shape = field(7, b"".join(field(2, bytes([8, side])) for side in sides))
    attributes = [
        field(1, b"dtype") + field(2, b"\x30\x01"),
        field(1, b"shape") + field(2, shape),
        field(1, b"shared_name") + field(2, field(2, name)),
    ]
    return node(b"node_of_" + name, b"VarHandleOp", *attributes)


def test_copies_that_keras_exports_are_not_counted_again() -> None:
    graph = variable(b"m/dense/kernel", 4, 8) + variable(b"m/dense_1/kernel", 4, 8) + variable(b"m/dense/bias", 8)
    copies = variable(b"m/dense/kernel_1", 4, 8) + variable(b"Variable", 4, 8)
    for content, parameters in ((graph, 72), (graph + copies, 72), (variable(b"Variable", 4) + graph, 76)):
        saved = b"\x08\x01" + field(2, field(2, content))
        detection = found_in(saved)
        assert detection is not None
        assert (detection.format, detection.parameters) == ("tf-saved-model", parameters)
