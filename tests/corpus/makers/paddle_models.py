# /// script
# dependencies = ["paddlepaddle==3.3.1", "numpy==2.4.6", "setuptools==65.5.0"]
# ///
"""A network of Paddle: parameters of training, and the exported program with its parameters."""

import sys
from pathlib import Path

import paddle

OUT = Path(sys.argv[1])

for seed in range(3):
    paddle.seed(seed)
    network = paddle.nn.Sequential(paddle.nn.Linear(64, 128), paddle.nn.ReLU(), paddle.nn.Linear(128, 10))
    paddle.save(network.state_dict(), str(OUT / f"training-{seed}.pdparams"))
    print("paddle-pickle", f"training-{seed}.pdparams", sep="\t")
    spec = [paddle.static.InputSpec([None, 64], "float32")]
    paddle.jit.save(paddle.jit.to_static(network, input_spec=spec), str(OUT / f"inference-{seed}"))
    print("paddle", f"inference-{seed}.pdiparams", sep="\t")
