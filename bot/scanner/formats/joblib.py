"""joblib's dumps: a pickle with the bytes of its arrays in between, whole or compressed.

Source: joblib/numpy_pickle.py; an array's bytes follow the instruction that gives its wrapper its state, after a
byte that counts padding where the wrapper asks for alignment.
"""

from __future__ import annotations

import bz2
import lzma
import math
import re
import zlib
from collections.abc import Callable
from typing import Protocol

from bot.scanner.formats.pickle import describe
from bot.scanner.pickles import Call, Global, Trace, holdings, trace
from bot.scanner.pickles.contents import dtype_of
from bot.scanner.pickles.machine import shape_of
from bot.scanner.readers import BlobReader, BoundedReader, BytesReader
from rules.facts import Detection

TITLE = "joblib"
SUFFIXES = (".joblib",)
MARK = rb"\x80[\x02-\x05]|\x1f\x8b|\x78|BZh|\xfd7zXZ\0|\x5d\0\0"

INFLATED_LIMIT = 32 * 1024 * 1024
"""Bytes a compressed dump may grow to here; what lies behind is not looked at."""
_WRAPPER = "joblib.numpy_pickle.NumpyArrayWrapper"
_WIDTH = re.compile(r"[<>=|]?[a-zA-Z](\d+)$")


class _Inflater(Protocol):
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Zlib:
    """zlib's object with the argument that the other two have."""

    def __init__(self, bits: int) -> None:
        self._inflater = zlib.decompressobj(bits)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inflater.decompress(data, max_length)


_COMPRESSED: dict[bytes, Callable[[], _Inflater]] = {
    b"\x1f\x8b": lambda: _Zlib(31),
    b"\x78": lambda: _Zlib(15),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\x00": lzma.LZMADecompressor,
    b"\x5d\x00\x00": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE),
}


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A dump of joblib, or a compressed pickle of another maker; None for everything else."""
    for start, inflater in _COMPRESSED.items():
        if blob.head.startswith(start):
            return _compressed(path, blob, inflater())
    if blob.head[:1] != b"\x80" or b"joblib" not in blob.head:
        return None
    return _describe(path, trace(blob, after_value=_array_bytes(blob)))


def _compressed(path: str, blob: BoundedReader, inflater: _Inflater) -> Detection | None:
    try:
        start = inflater.decompress(blob.head, INFLATED_LIMIT)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
        return None
    if start[:1] != b"\x80" or start[1:2] not in {b"\x02", b"\x03", b"\x04", b"\x05"}:
        return None
    inflated = bytearray(start)
    position = len(blob.head)
    while position < blob.size and len(inflated) < INFLATED_LIMIT:
        piece = blob.read(position, 64 * 1024)
        position += len(piece)
        try:
            inflated += inflater.decompress(piece, INFLATED_LIMIT - len(inflated))
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
            break
        if not piece:
            break
    content = BytesReader(bytes(inflated))
    return _describe(path, trace(content, after_value=_array_bytes(content)))


def _describe(path: str, found: Trace) -> Detection | None:
    if not found.whole and not found.globals:
        return None
    is_joblib = any(name.dotted.startswith("joblib.") for name in found.globals)
    title = TITLE if is_joblib else "pickle (compressed)"
    return describe(path, "joblib", title, [found], holdings([found]))


def _array_bytes(blob: BlobReader) -> Callable[[Call, int], int]:
    """How many bytes of an array follow its wrapper."""

    def follow(call: Call, position: int) -> int:
        state = call.state
        if not (isinstance(call.function, Global) and call.function.dotted == _WRAPPER and isinstance(state, dict)):
            return 0
        shape, width = shape_of(state.get("shape")), _width(state.get("dtype"))
        if shape is None or width is None:
            return 0  # an array of objects is a pickle of its own, which the instructions go on with
        padding = 0
        if isinstance(state.get("numpy_array_alignment_bytes"), int):
            counter = blob.read(position, 1)
            padding = 1 + (counter[0] if counter and counter[0] != 0xFF else 0)
        return padding + math.prod(shape) * width

    return follow


def _width(dtype: object) -> int | None:
    match = _WIDTH.match(dtype_of(dtype))
    return int(match.group(1)) if match else None
