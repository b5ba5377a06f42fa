"""Pickles written opcode by opcode, as an attacker writes them. Nothing here is ever unpickled."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile

STOP = b"."
REDUCE = b"R"


def named(module: str, name: str) -> bytes:
    """GLOBAL: module and name in two lines."""
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def text(value: str) -> bytes:
    """SHORT_BINUNICODE, or BINUNICODE where it is longer."""
    raw = value.encode()
    return b"\x8c" + bytes([len(raw)]) + raw if len(raw) < 256 else b"X" + struct.pack("<I", len(raw)) + raw


def stacked(module: str, name: str) -> bytes:
    """STACK_GLOBAL: module and name as two texts."""
    return text(module) + text(name) + b"\x93"


def raw(value: bytes) -> bytes:
    """BINBYTES."""
    return b"B" + struct.pack("<I", len(value)) + value


def call(function: bytes, *arguments: bytes) -> bytes:
    """A call by REDUCE."""
    return function + b"(" + b"".join(arguments) + b"t" + REDUCE


def whole(*parts: bytes, protocol: int = 4) -> bytes:
    """PROTO, the parts, STOP."""
    return b"\x80" + bytes([protocol]) + b"".join(parts) + STOP


def run(module: str, name: str, *arguments: str) -> bytes:
    """A whole pickle that calls one thing with texts."""
    return whole(call(named(module, name), *(text(argument) for argument in arguments)))


SYSTEM = run("os", "system", "true")
"""The plain attack."""
HARMLESS = pickle.dumps({"epochs": 3}, 2)


def zipped(**members: bytes) -> bytes:
    """A checkpoint of PyTorch with these members beside its own; in a name `__` is a slash and `_dot_` a dot."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("model/version", "3\n")
        for name, content in members.items():
            archive.writestr("model/" + name.replace("__", "/").replace("_dot_", "."), content)
        archive.writestr("model/data/0", b"\0" * 64)
    return stream.getvalue()


def array(content: bytes, dtype: str = "'|O'", padding: int = 0) -> bytes:
    """A `.npy` with a pickle where its numbers should be."""
    header = f"{{'descr': {dtype}, 'fortran_order': False, 'shape': (1,), }}{' ' * padding}\n".encode()
    return b"\x93NUMPY\x02\x00" + struct.pack("<I", len(header)) + header + content
