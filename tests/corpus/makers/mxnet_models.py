# /// script
# dependencies = ["mxnet==1.9.1", "numpy==1.23.5"]
# ///
"""A network of MXNet: its parameters, and the exported symbol with its parameters."""

import sys
from pathlib import Path

import mxnet

OUT = Path(sys.argv[1])

for seed in range(3):
    mxnet.random.seed(seed)
    network = mxnet.gluon.nn.HybridSequential()
    network.add(mxnet.gluon.nn.Dense(128, activation="relu"), mxnet.gluon.nn.Dense(10))
    network.initialize()
    network.hybridize()
    network(mxnet.nd.zeros((1, 64)))
    network.save_parameters(str(OUT / f"gluon-{seed}.params"))
    print("mxnet", f"gluon-{seed}.params", sep="\t")
    network.export(str(OUT / f"exported-{seed}"))
    print("mxnet", f"exported-{seed}-0000.params", sep="\t")
