# /// script
# dependencies = ["jax==0.10.2", "jaxlib==0.10.2", "flax==0.12.8", "orbax-checkpoint==0.12.8", "msgpack==1.2.4"]
# ///
"""Parameters of a Flax network: msgpack, and checkpoints of Orbax."""

import sys
from pathlib import Path

import flax.linen
import flax.serialization
import jax
import jax.numpy
import orbax.checkpoint

OUT = Path(sys.argv[1])


class Network(flax.linen.Module):
    @flax.linen.compact
    def __call__(self, inputs: jax.Array) -> jax.Array:
        hidden = flax.linen.relu(flax.linen.Dense(64)(inputs))
        return flax.linen.Dense(10)(hidden)


for seed in range(3):
    parameters = Network().init(jax.random.key(seed), jax.numpy.ones((1, 32)))
    name = f"flax_model-{seed}.msgpack"
    (OUT / name).write_bytes(flax.serialization.to_bytes(parameters))
    print("flax-msgpack", name, sep="\t")
    for kind, is_one_database in (("ocdbt", True), ("zarr", False)):
        folder = OUT / f"orbax-{kind}-{seed}"
        handler = orbax.checkpoint.PyTreeCheckpointHandler(use_ocdbt=is_one_database)
        orbax.checkpoint.Checkpointer(handler).save(folder.absolute(), parameters)
        for file in folder.rglob("*"):
            if file.is_file() and (file.parent.name == "d" or file.name.replace(".", "").isdigit()):
                print(f"orbax-{kind}", file.relative_to(OUT), "headerless", sep="\t")
            elif file.name in {"_METADATA", "manifest.ocdbt"}:
                print(f"orbax-{kind}", file.relative_to(OUT), sep="\t")
