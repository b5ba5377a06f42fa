"""ONNX models made by the onnx library, look-alikes, and models that reach out of their folder."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from bot.scanner.detect import detect
from bot.scanner.readers import BlobReader, BytesReader
from rules.facts import Confidence, Detection, LicenseStatement, LoadingSafety

FLOAT = TensorProto.FLOAT


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def weights(name: str = "w", *shape: int) -> TensorProto:
    return numpy_helper.from_array(np.ones(shape or (4, 2), np.float32), name)


def model(*nodes: onnx.NodeProto, initialisers: tuple[TensorProto, ...] = (), **options: Any) -> onnx.ModelProto:
    graph = helper.make_graph(
        list(nodes) or [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "graph",
        [helper.make_tensor_value_info("x", FLOAT, [1, 4])],
        [helper.make_tensor_value_info("y", FLOAT, [1, 2])],
        list(initialisers),
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.example", 1)]
    return helper.make_model(graph, opset_imports=opsets, producer_name="tests", **options)


def external(location: str) -> TensorProto:
    tensor = TensorProto(name="w", data_type=FLOAT, dims=[1000, 1000], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=location)
    tensor.external_data.add(key="offset", value="0")
    return tensor


def test_a_model_is_told_by_its_structure_whatever_its_name() -> None:
    detection = found_in(model(initialisers=(weights(),)).SerializeToString(), "renamed.txt")
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("onnx", True, Confidence.CERTAIN)
    assert (detection.tensors, detection.parameters) == (1, 8)
    assert detection.metadata["producer"] == "tests"
    assert detection.metadata["opsets"] == "ai.onnx 18, com.example 1"
    assert detection.metadata["dtypes"] == "FLOAT (1)"
    assert detection.loading.safety is LoadingSafety.SAFE


def test_licences_are_read_from_the_properties() -> None:
    described = model(initialisers=(weights(),))
    helper.set_model_props(
        described, {"license": "apache-2.0", "license_link": "https://example.org", "base_model": "a/b", "x": "y"}
    )
    detection = found_in(described.SerializeToString())
    assert detection is not None
    assert set(detection.licenses) == {
        LicenseStatement("license", "apache-2.0"),
        LicenseStatement("license_link", "https://example.org"),
    }
    assert detection.base_models == ("a/b",)


class Counted:
    """A blob of which only what was read exists."""

    def __init__(self, inner: BlobReader) -> None:
        self.inner, self.bytes = inner, 0

    @property
    def size(self) -> int:
        return self.inner.size

    def read(self, offset: int, length: int) -> bytes:
        self.bytes += length
        return self.inner.read(offset, length)


def test_the_numbers_of_a_large_model_are_stepped_over() -> None:
    tensors = tuple(weights(f"w{number}", 256, 1024) for number in range(10))
    blob = Counted(BytesReader(model(initialisers=tensors).SerializeToString()))
    detection = detect("model", blob)
    assert detection is not None
    assert detection.parameters == 10 * 256 * 1024
    assert blob.bytes < 300_000 < blob.size


def test_constants_of_nested_graphs_are_counted() -> None:
    body = helper.make_graph(
        [helper.make_node("Constant", [], ["c"], value=weights("c", 64, 64))],
        "body",
        [],
        [helper.make_tensor_value_info("c", FLOAT, [64, 64])],
    )
    node = helper.make_node("If", ["x"], ["y"], then_branch=body, else_branch=body)
    detection = found_in(model(node).SerializeToString())
    assert detection is not None
    assert (detection.is_weight, detection.parameters) == (True, 2 * 64 * 64)


def test_a_graph_without_initialisers_is_no_weight() -> None:
    detection = found_in(model(helper.make_node("Relu", ["x"], ["y"])).SerializeToString())
    assert detection is not None
    assert (detection.format, detection.is_weight) == ("onnx", False)


def test_a_tensor_of_test_data_is_no_weight() -> None:
    detection = found_in(weights().SerializeToString(), "input_0.pb")
    assert detection is not None
    assert (detection.format, detection.is_weight) == ("onnx", False)


def test_operators_of_a_foreign_library_are_named() -> None:
    node = helper.make_node("Steal", ["x"], ["y"], domain="com.example")
    detection = found_in(model(node, initialisers=(weights(),)).SerializeToString())
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE
    assert "com.example::Steal" in detection.loading.reasons[0]


def test_operators_that_the_model_defines_itself_run_no_foreign_code() -> None:
    node = helper.make_node("Twice", ["x"], ["y"], domain="com.example")
    function = helper.make_function(
        "com.example",
        "Twice",
        ["a"],
        ["b"],
        [helper.make_node("Add", ["a", "a"], ["b"])],
        [helper.make_opsetid("", 18)],
    )
    detection = found_in(model(node, initialisers=(weights(),), functions=[function]).SerializeToString())
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.SAFE


@pytest.mark.parametrize("location", ["/etc/passwd", "../../secret", "a/../../b", "..\\up", "C:\\x", "file:///etc/x"])
def test_numbers_outside_its_folder_are_dangerous(location: str) -> None:
    detection = found_in(model(initialisers=(external(location),)).SerializeToString())
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS
    assert location in detection.loading.reasons[0]
    assert detection.companions == ()


def test_numbers_in_a_file_beside_it_are_counted_and_named() -> None:
    detection = found_in(model(initialisers=(external("model.onnx.data"),)).SerializeToString())
    assert detection is not None
    assert (detection.loading.safety, detection.parameters) == (LoadingSafety.SAFE, 1_000_000)
    assert detection.metadata["external_data"] == "model.onnx.data"
    assert detection.companions == ("model.onnx.data",)


def test_a_truncated_model_is_reported_and_not_called_safe() -> None:
    content = model(initialisers=(weights("w", 100, 100),)).SerializeToString()
    for kept in (len(content) // 2, len(content) - 10):
        detection = found_in(content[:kept])
        assert detection is not None
        assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
        assert "cut off" in detection.remarks[0]
        assert detection.loading.safety is LoadingSafety.UNKNOWN


def test_a_model_with_too_many_tensors_is_not_counted() -> None:
    described = model()
    described.graph.initializer.extend([TensorProto(name="w", data_type=FLOAT, dims=[0])] * 20_001)
    detection = found_in(described.SerializeToString())
    assert detection is not None
    assert (detection.is_weight, detection.parameters, detection.tensors) == (True, None, None)
    assert "larger than what is read" in detection.remarks[0]


def test_a_shape_that_its_bytes_cannot_hold_is_not_counted() -> None:
    tensor = TensorProto(name="w", data_type=FLOAT, dims=[2**62, 2**62, 7], raw_data=b"1234")
    detection = found_in(model(initialisers=(tensor,)).SerializeToString())
    assert detection is not None
    assert detection.parameters is None
    assert "promise more numbers" in detection.remarks[0]


def test_graphs_nested_without_end_are_left_at_some_depth() -> None:
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", [], [])
    for _ in range(25):
        graph = helper.make_graph([helper.make_node("If", ["x"], ["y"], then_branch=graph)], "g", [], [])
    described = helper.make_model(helper.make_graph(graph.node, "g", [], [], [weights()]))
    detection = found_in(described.SerializeToString())
    assert detection is None or detection.loading.safety is LoadingSafety.UNKNOWN


@pytest.mark.parametrize(
    "content",
    [
        b"\x08\x08\x12\x05tests",
        b"\x08\x07" * 50,
        helper.make_tensor_value_info("x", FLOAT, [1]).SerializeToString(),
        helper.make_node("Relu", ["x"], ["y"]).SerializeToString(),
        model().graph.SerializeToString(),
        b"\x0a\x0e\x0a\x05<unk>\x15\x00\x00\x00\x00\x18\x02" * 20,
    ],
)
def test_other_messages_are_not_taken_for_models(content: bytes) -> None:
    detection = found_in(content, "model.onnx")
    assert detection is None or not detection.is_weight


UNKNOWN_GROUP = b"\xc3\x3e\xc4\x3e"
"""Field 1000 as an empty group, which readers of Protocol Buffers pass over."""


@pytest.mark.parametrize(
    "addition",
    [UNKNOWN_GROUP, b"\x10\x01", b"\x82\x38\x00" * 6000, b"\x72\x00" * 6000],
    ids=["group", "known number in another manner", "unknown fields", "empty properties"],
)
def test_what_readers_of_the_format_pass_over_does_not_hide_a_model(addition: bytes) -> None:
    content = model(initialisers=(weights(),)).SerializeToString()
    onnx.load_model_from_string(addition + content)
    for hidden in (addition + content, content + addition):
        detection = found_in(hidden)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.parameters) == ("onnx", True, 8)


@pytest.mark.parametrize("version", [0, 1, 2])
def test_old_versions_that_runtimes_load_are_known(version: int) -> None:
    described = model(initialisers=(weights(),))
    described.ir_version = version
    detection = found_in(described.SerializeToString())
    assert detection is not None
    assert (detection.format, detection.is_weight) == ("onnx", True)


def test_numbers_that_operators_carry_as_attributes_are_weights() -> None:
    linear = helper.make_node(
        "LinearRegressor", ["x"], ["y"], domain="ai.onnx.ml", coefficients=[0.1, 0.2, 0.3], intercepts=[1.0]
    )
    constant = helper.make_node("Constant", [], ["w"], value_floats=[0.5] * 4096)
    for node, parameters in ((linear, 4), (constant, 4096)):
        detection = found_in(model(node).SerializeToString())
        assert detection is not None
        assert (detection.is_weight, detection.parameters) == (True, parameters)


def test_a_forest_with_more_numbers_than_are_read_is_known_by_its_operator() -> None:
    forest = helper.make_node(
        "TreeEnsembleClassifier",
        ["x"],
        ["y"],
        domain="ai.onnx.ml",
        nodes_modes=["BRANCH_LEQ"] * 520_000,
        nodes_values=[0.5],
    )
    detection = found_in(model(forest).SerializeToString())
    assert detection is not None
    assert detection.is_weight
    assert (detection.confidence, detection.parameters) == (Confidence.PROBABLE, None)


def test_a_tensor_of_too_many_dimensions_does_not_hide_a_model() -> None:
    deep = TensorProto(name="w", data_type=FLOAT, dims=[1] * 70 + [4], raw_data=bytes(16))
    detection = found_in(model(initialisers=(deep,)).SerializeToString())
    assert detection is not None
    assert (detection.is_weight, detection.parameters) == (True, None)


def test_half_a_forest_is_still_one() -> None:
    numbers = [0.001 * number for number in range(4000)]
    forest = helper.make_node(
        "TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", nodes_values=numbers, target_weights=numbers
    )
    content = model(forest).SerializeToString()
    for part in (0.4, 0.9):
        detection = found_in(content[: int(len(content) * part)])
        assert detection is not None
        assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
        assert detection.remarks
