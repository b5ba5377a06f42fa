# /// script
# dependencies = ["onnx==1.23.2", "onnxruntime==1.32.0", "openvino==2026.4.1", "numpy==2.4.6", "mnn==3.6.1"]
# ///
"""One small network as ONNX, with its numbers inside and beside it, and what other engines make of it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper

OUT = Path(sys.argv[1])
MNN = str(Path(sys.executable).with_name("mnnconvert"))


def label(kind: str, name: str, *more: str) -> str:
    print(kind, name, *more, sep="\t")
    return str(OUT / name)


def network(seed: int) -> onnx.ModelProto:
    random = np.random.default_rng(seed)
    shapes = {"w1": (64, 128), "b1": (128,), "w2": (128, 10), "b2": (10,)}
    numbers = [
        numpy_helper.from_array(random.normal(size=shape).astype(np.float32), name) for name, shape in shapes.items()
    ]
    nodes = [
        helper.make_node("Gemm", ["x", "w1", "b1"], ["h"]),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("Gemm", ["r", "w2", "b2"], ["y"]),
    ]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 64])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10])]
    graph = helper.make_graph(nodes, "network", inputs, outputs, numbers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


for seed in range(3):
    inside = label("onnx", f"network-{seed}.onnx")
    onnx.save(network(seed), inside)
    beside = f"beside-{seed}"
    (OUT / beside).mkdir()
    onnx.save(
        network(seed),
        str(OUT / beside / "model.onnx"),
        save_as_external_data=True,
        location="model.onnx.data",
        size_threshold=0,
    )
    label("onnx-external", f"{beside}/model.onnx.data", "headerless")

    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = label("ort", f"network-{seed}.ort")
    options.add_session_config_entry("session.save_model_format", "ORT")
    onnxruntime.InferenceSession(inside, options, providers=["CPUExecutionProvider"])

    openvino.save_model(
        openvino.convert_model(inside), str(OUT / f"openvino-{seed}" / "network.xml"), compress_to_fp16=False
    )
    label("openvino", f"openvino-{seed}/network.xml")
    label("openvino", f"openvino-{seed}/network.bin", "headerless")

    converted = OUT / f"network-{seed}.mnn"
    command = [MNN, "-f", "ONNX", "--modelFile", inside, "--MNNModel", str(converted), "--bizCode", "x"]
    subprocess.run(command, capture_output=True, check=True)
    label("mnn", converted.name)
