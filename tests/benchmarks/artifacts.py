"""Sparse artifacts of any size: everything that describes the numbers is real, the numbers are a hole in the file."""

from __future__ import annotations

import json
import os
import random
import struct
import tarfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, TypeAlias

import h5py
import numpy as np

from tests.scanner.formats.protobuf import field, varint

_DATA = Path(__file__).parents[1] / "scanner" / "formats" / "data"
Part: TypeAlias = bytes | int
"""Bytes, or the length of a hole."""


def _written(path: Path, parts: Sequence[Part]) -> None:
    with path.open("wb") as file:
        for part in parts:
            if isinstance(part, int):
                file.seek(part, os.SEEK_CUR)
            else:
                file.write(part)
        file.truncate(file.tell())


def _safetensors_parts(size: int) -> Sequence[Part]:
    count = size // 4
    header = json.dumps({"weight": {"dtype": "F32", "shape": [count], "data_offsets": [0, 4 * count]}}).encode()
    return struct.pack("<Q", len(header)) + header, 4 * count


def safetensors(path: Path, size: int) -> None:
    """One tensor of 32-bit numbers."""
    _written(path, _safetensors_parts(size))


def gguf(path: Path, size: int) -> None:
    """GGUF 3 with one field and one tensor."""
    key, kind, name = b"general.architecture", b"llama", b"token_embd.weight"
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1)
    head += struct.pack("<Q", len(key)) + key + struct.pack("<IQ", 8, len(kind)) + kind
    head += struct.pack("<Q", len(name)) + name + struct.pack("<IQIQ", 1, size // 4, 0, 0)
    _written(path, [head + bytes(-len(head) % 32), size // 4 * 4])


def ggml(path: Path, size: int) -> None:
    """The last form of llama.cpp before GGUF."""
    words = 40
    head = b"tjgg" + struct.pack("<8I", 3, words, 64, 256, 4, 1, 16, 2)
    head += b"".join(struct.pack("<I", 4) + b"%04d" % word + bytes(4) for word in range(words))
    name = b"tok_embeddings.weight"
    head += struct.pack("<5I", 2, len(name), 0, 1024, size // 4096) + name
    _written(path, [head + bytes(-len(head) % 32), size // 4096 * 4096])


def pytorch_zip(path: Path, size: int) -> None:
    """What `torch.save` writes of a state dict with one tensor."""
    count = size // 4
    number = b"\x8a\x08" + struct.pack("<q", count)
    program = (
        b"\x80\x02}X\x06\0\0\0weightctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n"
        b"X\x01\0\0\x000X\x03\0\0\0cpu%btQK\0%b\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtRs." % (number, number)
    )
    _zip(path, {"archive/data.pkl": [program], "archive/data/0": [4 * count], "archive/version": [b"3\n"]})


def npz(path: Path, size: int) -> None:
    """What `numpy.savez` writes of one array."""
    described = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({size // 4},), }}"
    head = b"\x93NUMPY\x01\0" + struct.pack("<H", 118) + described.ljust(117).encode() + b"\n"
    _zip(path, {"dense/kernel.npy": [head, size // 4 * 4]})


def plain_zip(path: Path, size: int) -> None:
    """An archive of a project with a model in it."""
    _zip(path, {"README.md": [b"A model.\n"], "models/model.safetensors": _safetensors_parts(size)})


def keras_v3(path: Path, size: int) -> None:
    """A model of one layer, its weights as HDF5 in the archive."""
    inner = path.with_suffix(".h5")
    _hdf5(inner, size, "layers/dense/vars/0", {})
    config = {"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {"name": "dense"}}]}}
    parts = {
        "metadata.json": [json.dumps({"keras_version": "3.3.3", "date_saved": "2024-05-01"}).encode()],
        "config.json": [json.dumps(config).encode()],
        "model.weights.h5": _extents(inner),
    }
    _zip(path, parts)
    inner.unlink()


def hdf5(path: Path, size: int) -> None:
    """Weights as Keras 2 saved them."""
    config = {"class_name": "Functional", "config": {"layers": [{"class_name": "Dense", "config": {"name": "dense"}}]}}
    attributes = {"keras_version": "2.15.0", "backend": "tensorflow", "model_config": json.dumps(config)}
    _hdf5(path, size, "model_weights/dense/dense/kernel:0", attributes)


def onnx(path: Path, size: int) -> None:
    """One operator with its weights in the file."""
    node = field(1, field(1, b"x") + field(1, b"w") + field(2, b"y") + field(4, b"MatMul"))
    described = b"\x08" + varint(size // 4) + b"\x10\x01" + field(8, b"w") + b"\x4a" + varint(size // 4 * 4)
    tensor = b"\x2a" + varint(len(described) + size // 4 * 4) + described
    name, output = field(2, b"graph"), field(12, field(1, b"y"))
    length = len(node) + len(name) + len(tensor) + size // 4 * 4 + len(output)
    head = b"\x08\x08" + field(2, b"benchmark") + b"\x3a" + varint(length) + node + name + tensor
    _written(path, [head, size // 4 * 4, output + field(8, b"\x10\x11")])


def tflite(path: Path, size: int) -> None:
    """A small network whose buffers lie behind the flatbuffer."""
    _written(path, [(_DATA / "dense.tflite").read_bytes(), size])


def tensorflow_shard(path: Path, size: int) -> None:
    """The numbers of a SavedModel, which its index describes elsewhere."""
    numbers = random.Random(3)
    _written(path, [struct.pack("<16384f", *(numbers.gauss(0, 0.05) for _ in range(16384))), size])


def fasttext(path: Path, size: int) -> None:
    """Word vectors with subwords."""
    width, words = 100, 50
    rows = size // (4 * width)
    head = struct.pack("<2i12id", 793712314, 12, width, 5, 5, 1, 5, 1, 2, 2, rows - words, 3, 6, 100, 1e-4)
    head += struct.pack("<3i2q", words, words, 0, 10_000, -1)
    head += b"".join(b"word%d\0" % word + struct.pack("<qb", 200, 0) for word in range(words))
    output = b"\0" + struct.pack("<2q", words, width) + bytes(4 * words * width)
    _written(path, [head + b"\0" + struct.pack("<2q", rows, width), rows * width * 4, output])


def tar(path: Path, size: int) -> None:
    """An archive of a project with a model behind a text."""
    parts: list[Part] = []
    for name, content in (("p/README.md", [b"A model.\n"]), ("p/model.safetensors", _safetensors_parts(size))):
        info = tarfile.TarInfo(name)
        info.size = _length(content)
        parts += [info.tobuf(tarfile.GNU_FORMAT), *content, -info.size % 512]
    _written(path, [*parts, bytes(1024)])


MAKERS: Mapping[str, Callable[[Path, int], None]] = {
    "model.safetensors": safetensors,
    "model.gguf": gguf,
    "ggml-model.bin": ggml,
    "model.pt": pytorch_zip,
    "model.onnx": onnx,
    "model.h5": hdf5,
    "model.keras": keras_v3,
    "model.npz": npz,
    "model.tflite": tflite,
    "variables.data-00000-of-00001": tensorflow_shard,
    "model.bin": fasttext,
    "project.tar": tar,
    "project.zip": plain_zip,
}


def _length(parts: Sequence[Part]) -> int:
    return sum(part if isinstance(part, int) else len(part) for part in parts)


def _hdf5(path: Path, size: int, name: str, attributes: Mapping[str, str]) -> None:
    with h5py.File(path, "w") as file:
        file.attrs.update(attributes)
        folder, _, last = name.rpartition("/")
        group = file.require_group(folder)
        layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        layout.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        layout.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        space = h5py.h5s.create_simple((size // 4096, 1024))
        h5py.h5d.create(group.id, last.encode(), h5py.h5t.py_create(np.dtype("<f4")), space, layout)


def _extents(path: Path) -> Sequence[Part]:
    """A sparse file in its parts."""
    parts: list[Part] = []
    position, end = 0, path.stat().st_size
    with path.open("rb") as file:
        while position < end:
            try:
                start = os.lseek(file.fileno(), position, os.SEEK_DATA)
            except OSError:  # a hole up to the end
                start = end
            stop = os.lseek(file.fileno(), start, os.SEEK_HOLE) if start < end else end
            parts += [start - position, os.pread(file.fileno(), stop - start, start)]
            position = stop
    return parts


def _zip(path: Path, members: Mapping[str, Sequence[Part]]) -> None:
    """A ZIP64 archive of stored members, as APPNOTE.TXT 4.3 describes one; holes have no checksum."""
    directory = b""
    with path.open("wb") as file:
        for name, parts in members.items():
            offset, size = file.tell(), _length(parts)
            content = b"".join(part for part in parts if isinstance(part, bytes))
            check = zlib.crc32(content) if len(content) == size else 0
            common = struct.pack("<5H3I", 45, 0, 0, 0, 33, check, 0xFFFFFFFF, 0xFFFFFFFF)
            extra = struct.pack("<2H2Q", 1, 16, size, size)
            file.write(b"PK\x03\x04" + common + struct.pack("<2H", len(name), len(extra)) + name.encode() + extra)
            _append(file, parts)
            extra = struct.pack("<2H3Q", 1, 24, size, size, offset)
            tail = struct.pack("<5H2I", len(name), len(extra), 0, 0, 0, 0, 0xFFFFFFFF)
            directory += b"PK\x01\x02" + struct.pack("<H", 45) + common + tail + name.encode() + extra
        start, count = file.tell(), len(members)
        file.write(directory)
        file.write(b"PK\x06\x06" + struct.pack("<Q2H2I4Q", 44, 45, 45, 0, 0, count, count, len(directory), start))
        file.write(b"PK\x06\x07" + struct.pack("<IQI", 0, start + len(directory), 1))
        file.write(b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, count, count, len(directory), 0xFFFFFFFF, 0))


def _append(file: BinaryIO, parts: Sequence[Part]) -> None:
    for part in parts:
        if isinstance(part, int):
            file.seek(part, os.SEEK_CUR)
        else:
            file.write(part)
