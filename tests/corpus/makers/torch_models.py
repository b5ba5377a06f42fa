# /// script
# dependencies = ["torch==2.14.1", "executorch==1.5.1", "coremltools==9.0", "numpy==2.4.6"]
# ///
"""A network of PyTorch in each form that PyTorch, ExecuTorch and Core ML's tools write."""

import sys
from pathlib import Path

import coremltools
import torch
from executorch.exir import to_edge

OUT = Path(sys.argv[1])


def label(kind: str, name: str, *more: str) -> str:
    print(kind, name, *more, sep="\t")
    return str(OUT / name)


class Network(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.layers(inputs)


for seed in range(3):
    torch.manual_seed(seed)
    network = Network().eval()
    example = torch.zeros(1, 64)
    torch.save(network.state_dict(), label("pytorch", f"state-{seed}.pt"))
    torch.save(network, label("pytorch", f"module-{seed}.pth"))
    torch.save(
        network.state_dict(), label("pytorch-legacy", f"legacy-{seed}.bin"), _use_new_zipfile_serialization=False
    )
    optimizer = torch.optim.Adam(network.parameters())
    network(example).sum().backward()
    optimizer.step()
    checkpoint = {"epoch": seed, "state_dict": network.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save(checkpoint, label("pytorch", f"checkpoint-{seed}.ckpt"))
    traced = torch.jit.trace(network, example)
    traced.save(label("torchscript", f"traced-{seed}.pt"))
    torch.jit.script(network).save(label("torchscript", f"scripted-{seed}.pt"))
    torch.jit.script(network)._save_for_lite_interpreter(label("pytorch-mobile", f"mobile-{seed}.ptl"))
    program = torch.export.export(network, (example,))
    torch.export.save(program, label("torch-export", f"exported-{seed}.pt2"))

    compiled = to_edge(program).to_executorch()
    Path(label("executorch", f"network-{seed}.pte")).write_bytes(compiled.buffer)

    inputs = [coremltools.TensorType(name="inputs", shape=(1, 64))]
    package = coremltools.convert(traced, inputs=inputs, convert_to="mlprogram")
    package.save(str(OUT / f"network-{seed}.mlpackage"))
    label("coreml", f"network-{seed}.mlpackage/Data/com.apple.CoreML/weights/weight.bin")
    coremltools.convert(traced, inputs=inputs, convert_to="neuralnetwork").save(
        label("coreml", f"network-{seed}.mlmodel")
    )
