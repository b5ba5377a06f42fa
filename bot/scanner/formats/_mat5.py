"""MATLAB's MAT-files of version 5: elements with a tag before them, arrays within arrays, each perhaps deflated.

Source: "MAT-File Format" of The MathWorks (version 5); scipy/io/matlab/_mio5.py for opaque objects and functions.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from bot.scanner.readers import BoundedReader, BudgetExceededError, BytesReader
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.stream import Stream

READ_LIMIT = 4 * 1024 * 1024
"""Bytes beyond the head that are read; the numbers of arrays that are not deflated are stepped over."""
INFLATED_LIMIT = 8 * 1024 * 1024
"""Bytes that all deflated elements together may grow to here."""
ARRAY_LIMIT = 20_000
DEPTH_LIMIT = 24
_MATRIX, _DEFLATED = 14, 15
_CELL, _STRUCT, _OBJECT, _CHARACTERS, _SPARSE, _DOUBLE, _SINGLE, _FUNCTION, _OPAQUE = 1, 2, 3, 4, 5, 6, 7, 16, 17
_TEXT_LIMIT = 64 * 1024
_STEP = 64 * 1024


@dataclass(frozen=True)
class MatArray:
    """One array; for cells and structs the container itself."""

    path: str
    """Name of the variable, and behind slashes the field or the number within it."""
    shape: tuple[int, ...]
    is_float: bool = False
    is_number: bool = False
    class_name: str = ""
    """Class of an object, `function_handle` for a function."""
    fields: tuple[str, ...] = ()
    is_java: bool = False


@dataclass
class _Limits:
    arrays: int = ARRAY_LIMIT
    inflated: int = INFLATED_LIMIT


def arrays(blob: BoundedReader) -> Iterator[MatArray]:
    """Every array, containers before what they hold.

    Raises DamagedError where the bytes end or are no elements, BudgetExceededError at a cap; what came before stands.
    """
    order = "<" if blob.head[126:128] == b"IM" else ">"
    stream = Stream(blob, READ_LIMIT, 128)
    limits = _Limits()
    was_cut = False
    while stream.left > 8:
        kind, length = _tag(stream, order)
        begin = stream.position
        if kind == _MATRIX:
            yield from _Walk(stream, order, limits).matrix("", 0, length)
        elif kind == _DEFLATED:
            content, is_whole = _inflated(blob, begin, length, limits)
            inner = Stream(BoundedReader(BytesReader(content), len(content)), len(content))
            try:
                inner_kind, inner_length = _tag(inner, order)
                if inner_kind == _MATRIX:
                    yield from _Walk(inner, order, limits).matrix("", 0, inner_length)
            except DamagedError:
                if is_whole:
                    raise
                was_cut = True  # what follows the beginning was not inflated; the next variable may be read again
        stream.position = begin
        stream.skip(length)
    if was_cut:
        raise BudgetExceededError("it has more bytes than are inflated here")


def _inflated(blob: BoundedReader, begin: int, length: int, limits: _Limits) -> tuple[bytes, bool]:
    """The beginning of a deflated element, and whether that is all of it."""
    inflater = zlib.decompressobj()
    content = bytearray()
    position, end = begin, min(begin + length, blob.size)
    # One large variable leaves something for the others.
    most = max(limits.inflated // 2, 1024)
    try:
        while position < end and len(content) < most and not inflater.eof:
            piece = blob.read(position, min(_STEP, end - position))
            position += len(piece)
            content += inflater.decompress(piece, most - len(content))
            if not piece:
                break
    except zlib.error as error:
        raise DamagedError from error
    limits.inflated -= len(content)
    return bytes(content), inflater.eof


def _tag(stream: Stream, order: str) -> tuple[int, int]:
    """Type and length of the element whose content follows; short ones keep their content in the tag."""
    raw = stream.raw(8)
    word = _number(raw[:4], order)
    if word >> 16:
        stream.position -= 4
        return word & 0xFFFF, word >> 16
    return word, _number(raw[4:], order)


def _number(raw: bytes, order: str) -> int:
    return int.from_bytes(raw, "little" if order == "<" else "big")


class _Walk:
    def __init__(self, stream: Stream, order: str, limits: _Limits) -> None:
        self._stream = stream
        self._order = order
        self._limits = limits

    def matrix(self, path: str, depth: int, length: int) -> Iterator[MatArray]:
        """An array of `length` bytes at this place, and what it holds; the place behind it is left to the caller."""
        self._limits.arrays -= 1
        if self._limits.arrays < 0:
            raise BudgetExceededError("it has more arrays than are read here")
        if depth > DEPTH_LIMIT:
            raise DamagedError
        if length == 0:
            return
        kind = _number(self._content(16)[:4], self._order) & 0xFF
        if kind == _OPAQUE:
            name, system, class_name = (self._text() for _ in range(3))
            yield MatArray(_joined(path, name), (), class_name=class_name, is_java=system == "java")
            return
        raw = self._content(128)
        shape = tuple(_number(raw[place : place + 4], self._order) for place in range(0, len(raw) - 3, 4))
        path = _joined(path, self._text())
        if kind in {_STRUCT, _OBJECT}:
            yield from self._struct(path, depth, shape, kind)
        elif kind == _CELL:
            yield MatArray(path, shape)
            for number in range(math.prod(shape)):
                yield from self._inner(f"{path}/{number}", depth)
        elif kind == _FUNCTION:
            yield MatArray(path, shape, class_name="function_handle")
        else:
            is_number = kind not in {_CHARACTERS, _SPARSE}
            yield MatArray(path, shape, is_float=kind in {_DOUBLE, _SINGLE}, is_number=is_number)

    def _struct(self, path: str, depth: int, shape: tuple[int, ...], kind: int) -> Iterator[MatArray]:
        class_name = self._text() if kind == _OBJECT else ""
        width = _number(self._content(8)[:4], self._order)
        raw = self._content(_TEXT_LIMIT)
        if width == 0:
            raise DamagedError
        fields = tuple(
            raw[place : place + width].partition(b"\0")[0].decode("utf-8", "replace")
            for place in range(0, len(raw) - width + 1, width)
        )
        yield MatArray(path, shape, class_name=class_name, fields=fields)
        count = math.prod(shape) if fields else 0
        for number in range(count):
            for name in fields:
                yield from self._inner(f"{path}/{number}/{name}" if count > 1 else f"{path}/{name}", depth)

    def _inner(self, path: str, depth: int) -> Iterator[MatArray]:
        kind, length = _tag(self._stream, self._order)
        if kind != _MATRIX:
            raise DamagedError
        begin = self._stream.position
        yield from self.matrix(path, depth + 1, length)
        self._stream.position = begin
        self._stream.skip(length)

    def _content(self, limit: int) -> bytes:
        """The content of the next element, which is padded to eight bytes. Raises DamagedError above the limit."""
        begin = self._stream.position
        _, length = _tag(self._stream, self._order)
        if length > limit:
            raise DamagedError
        raw = self._stream.raw(length)
        is_short = self._stream.position - begin - length == 4
        self._stream.skip((4 if is_short else 8) - length if is_short else -length % 8)
        return raw

    def _text(self) -> str:
        return self._content(4096).rstrip(b"\0").decode("utf-8", "replace")


def _joined(path: str, name: str) -> str:
    return f"{path}/{name}".strip("/") if name else path
