"""Archives and weights as they are met, made in memory."""

from __future__ import annotations

import io
import struct
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
from safetensors.numpy import save

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TFLITE = (Path(__file__).parents[1] / "formats" / "data" / "dense.tflite").read_bytes()
SAFETENSORS = save({"layer.weight": np.ones((8, 8), np.float32)}, {"license": "mit"})
EVIL = b"cposix\nsystem\n(S'id'\ntR."
ORDINARY = {"README.md": b"# A project\n" * 50, "src/main.c": b"int main(void) { return 0; }\n" * 400}

compress_zstd = zstd.compress


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(files: dict[str, bytes], format_: int = tarfile.PAX_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=format_) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def ar(files: dict[str, bytes]) -> bytes:
    """As deb(5) and ar(5) have it."""
    parts = [b"!<arch>\n"]
    for name, content in files.items():
        parts.append(f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode())
        parts.append(content + b"\n" * (len(content) % 2))
    return b"".join(parts)


def cpio(files: dict[str, bytes]) -> bytes:
    """cpio(5), the new portable format."""
    parts = []
    for name, content in [*files.items(), ("TRAILER!!!", b"")]:
        fields = [1, 0o100644, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
        header = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        parts.append(header + b"\0" * (-len(header) % 4) + content + b"\0" * (-len(content) % 4))
    return b"".join(parts)


def rpm(payload: bytes) -> bytes:
    """A lead, an empty signature of three bytes that is padded, an empty header, the payload."""
    lead = b"\xed\xab\xee\xdb\x03\0" + bytes(90)
    signature = b"\x8e\xad\xe8\x01" + bytes(4) + struct.pack(">II", 0, 3) + b"abc"
    return lead + signature + bytes(-(len(lead) + len(signature)) % 8) + b"\x8e\xad\xe8\x01" + bytes(12) + payload


def asar(files: dict[str, bytes]) -> bytes:
    """electron/asar, README.md."""
    import json

    tree: dict[str, object] = {}
    offset = 0
    for name, content in files.items():
        tree[name] = {"offset": str(offset), "size": len(content)}
        offset += len(content)
    text = json.dumps({"files": {"app": {"files": tree}}}, separators=(",", ":")).encode()
    padded = text + bytes(-len(text) % 4)
    head = struct.pack("<IIII", 4, len(padded) + 8, len(padded) + 4, len(text))
    return head + padded + b"".join(files.values())
