"""Real weight files, made while the program runs by the libraries that own their formats.

The networks are small and their numbers are random: nobody trained them. Their files are whole in every
other respect, down to the licence fields that each format offers. Needs the extra `demo`.
"""

from __future__ import annotations

import io
import pickle  # only ever written here, never read
import tempfile
from pathlib import Path

import numpy as np
from gguf import GGUFWriter
from numpy.typing import NDArray
from safetensors.numpy import save

Tensors = dict[str, NDArray[np.float32]]


def _encoder(layers: int, width: int, vocabulary: int) -> Tensors:
    """The tensors of a small transformer encoder, with the names that such files use."""
    numbers = np.random.default_rng(seed=layers * width)

    def matrix(rows: int, columns: int) -> NDArray[np.float32]:
        return numbers.standard_normal((rows, columns), dtype=np.float32)

    tensors = {"embeddings.word_embeddings.weight": matrix(vocabulary, width)}
    for layer in range(layers):
        for part in ("query", "key", "value", "output.dense"):
            tensors[f"encoder.layer.{layer}.attention.{part}.weight"] = matrix(width, width)
        tensors[f"encoder.layer.{layer}.intermediate.dense.weight"] = matrix(4 * width, width)
        tensors[f"encoder.layer.{layer}.output.dense.weight"] = matrix(width, 4 * width)
    return tensors


def apache_safetensors() -> bytes:
    """A sentence encoder in safetensors that carries its licence, Apache-2.0, in its own header."""
    metadata = {
        "format": "np",
        "modelspec.title": "Tiny sentence encoder",
        "modelspec.architecture": "bert",
        "modelspec.license": "Apache-2.0",
    }
    return save(_encoder(layers=2, width=64, vocabulary=1000), metadata)


def llama_gguf() -> bytes:
    """A language model in GGUF that says of itself that it comes under the Llama 3.1 licence."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.gguf")
        writer = GGUFWriter(path, "llama")
        writer.add_name("Tiny chat 3.1")
        writer.add_license("llama3.1")
        writer.add_license_name("Llama 3.1 Community License Agreement")
        writer.add_base_model_count(1)
        writer.add_base_model_name(0, "Llama 3.1 8B")
        writer.add_base_model_organization(0, "Meta Llama")
        writer.add_context_length(128)
        writer.add_block_count(2)
        writer.add_embedding_length(64)
        writer.add_head_count(4)
        for name, tensor in _encoder(layers=2, width=64, vocabulary=500).items():
            writer.add_tensor(name, tensor)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path.read_bytes()


def large_pickle() -> bytes:
    """A checkpoint of about 56 MiB as a plain pickle of NumPy arrays, with a training state beside the tensors."""
    stream = io.BytesIO()
    pickle.dump(
        {"epoch": 12, "optimizer": "adam", "state_dict": _encoder(layers=4, width=512, vocabulary=4200)}, stream, 4
    )
    return stream.getvalue()
