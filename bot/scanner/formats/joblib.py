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

from bot.scanner.formats.pickle import describe, may_be_dump
from bot.scanner.pickles import NESTED, Allowance, Call, Global, holdings, trace, trace_all
from bot.scanner.pickles.contents import WRAPPER, dtype_of
from bot.scanner.pickles.nested import START
from bot.scanner.pickles.values import shape_of
from bot.scanner.readers import BlobReader, BoundedReader, BytesReader
from rules.facts import Detection

TITLE = "joblib"
SUFFIXES = (".joblib",)
MARK = rb"\x80[\x02-\x05]|\x1f\x8b|\x78|BZh|\xfd7zXZ\0|\x5d\0\0|ZF0x"

INFLATED_LIMIT = 32 * 1024 * 1024
"""Bytes a compressed dump may grow to here; what lies behind is not looked at."""
_WIDTH = re.compile(r"[<>=|]?([a-zA-Z])(\d+)$")
"""A type of NumPy and its bytes, of texts (`U`) its characters of four bytes."""
_OLD_HEADER = 21
"""Bytes before the zlib stream of a dump of joblib before 0.10: `ZF` and its length, and a space more from Python 2
(numpy_pickle_compat.py)."""
_STARTS = (b"(", b"]", b"}", b")", b"c", b"i", b"\x80", b"\x95")
_FAULTS = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Zlib:
    """zlib's object with the argument that the other two have."""

    def __init__(self, bits: int) -> None:
        self._inflater = zlib.decompressobj(bits)

    @property
    def eof(self) -> bool:
        return self._inflater.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflater.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inflater.decompress(data, max_length)


_COMPRESSED: dict[bytes, tuple[int, Callable[[], _Inflater]]] = {
    b"\x1f\x8b": (0, lambda: _Zlib(31)),
    b"\x78": (0, lambda: _Zlib(15)),
    b"ZF0x": (_OLD_HEADER, lambda: _Zlib(15)),
    b"BZh": (0, bz2.BZ2Decompressor),
    b"\xfd7zXZ\x00": (0, lzma.LZMADecompressor),
    b"\x5d\x00\x00": (0, lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE)),
}


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A dump of joblib, or a compressed pickle of another maker; None for everything else."""
    for start, (offset, begin) in _COMPRESSED.items():
        if blob.head.startswith(start):
            is_wider = offset > 0 and blob.head[offset : offset + 1] == b" "
            return _compressed(path, blob, offset + is_wider, begin)
    if not may_be_dump(blob.head):
        return None
    return _describe(path, blob)


def _compressed(path: str, blob: BoundedReader, offset: int, begin: Callable[[], _Inflater]) -> Detection | None:
    try:
        start = begin().decompress(blob.head[offset:], 256)
    except _FAULTS:
        return None
    if START.match(start) is None and not (START.search(start) and start[:1] in _STARTS):
        return None
    return _describe(path, BytesReader(_inflated(blob, offset, begin)))


def _inflated(blob: BoundedReader, position: int, begin: Callable[[], _Inflater]) -> bytes:
    """The content as the loaders read it: streams that follow one another are one."""
    content, inflater = bytearray(), begin()
    try:
        while position < blob.size and len(content) < INFLATED_LIMIT:
            piece = blob.read(position, 64 * 1024)
            position += len(piece)
            content += inflater.decompress(piece, INFLATED_LIMIT - len(content))
            while inflater.eof and inflater.unused_data and len(content) < INFLATED_LIMIT:
                rest, inflater = inflater.unused_data, begin()
                content += inflater.decompress(rest, INFLATED_LIMIT - len(content))
            if not piece:
                break
    except _FAULTS:
        pass  # what was inflated before the fault is looked at
    return bytes(content)


def _describe(path: str, blob: BlobReader) -> Detection | None:
    allowance = Allowance()
    found = trace(blob, after_value=_array_bytes(blob), allowance=allowance)
    traces = [found, *trace_all(blob, found.end, allowance)] if found.reached_stop else [found]
    if not found.whole and not any(each.globals or each.is_dangerous for each in traces):
        return None
    held = holdings([found])
    # Python's own loader takes the arrays' bytes for instructions: where they name danger, the file means two things.
    traces += [each for each in trace_all(blob, 0, allowance) if each.names_danger and not found.is_dangerous]
    is_joblib = any(name.dotted.startswith("joblib.") for name in found.globals)
    title = TITLE if is_joblib else "pickle (compressed)"
    return describe(path, "joblib", title, traces, held)


def _array_bytes(blob: BlobReader) -> Callable[[Call, int], int]:
    """How many bytes of an array follow its wrapper."""

    def follow(call: Call, position: int) -> int:
        state = call.state
        if not (isinstance(call.function, Global) and call.function.dotted == WRAPPER and isinstance(state, dict)):
            return 0
        shape, width = shape_of(state.get("shape")), _width(state.get("dtype"))
        if dtype_of(state.get("dtype")).lstrip("|<>=").startswith("O"):
            return NESTED
        if shape is None or width is None:
            return 0
        padding = 0
        if isinstance(state.get("numpy_array_alignment_bytes"), int):
            counter = blob.read(position, 1)
            padding = 1 + (counter[0] if counter and counter[0] != 0xFF else 0)
        return padding + math.prod(shape) * width

    return follow


def _width(dtype: object) -> int | None:
    match = _WIDTH.match(dtype_of(dtype))
    return int(match[2]) * (4 if match[1] == "U" else 1) if match else None
