"""From bytes to opcodes with their arguments; long byte strings are passed over, not read.

The table of opcodes is Python's own (pickletools), so a protocol this Python knows is a protocol we know. Arguments
are decoded as CPython's Modules/_pickle.c does: what a scanner reads otherwise than the loader is a way past it.
"""

from __future__ import annotations

import pickletools
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bot.scanner.readers import BlobReader

KEEP_LIMIT = 4096
"""Bytes of a text or byte string that are kept; of a longer one only the length and the place are."""
BEGIN_LIMIT = 64
PIECE = 64 * 1024
FIRST_PIECE = 4 * 1024
"""Bytes that are read behind a string that was passed over: a few instructions, mostly, and then the next string."""

_CODES = {ord(opcode.code): opcode for opcode in pickletools.opcodes}
_PREFIXES = {
    pickletools.TAKEN_FROM_ARGUMENT1: "<B",
    pickletools.TAKEN_FROM_ARGUMENT4: "<i",
    pickletools.TAKEN_FROM_ARGUMENT4U: "<I",
    pickletools.TAKEN_FROM_ARGUMENT8U: "<Q",
}

_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)", re.DOTALL)
_ESCAPES = {b"\n": b"", b"\\": b"\\", b"'": b"'", b'"': b'"', b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n",
            b"r": b"\r", b"t": b"\t", b"v": b"\v"}  # fmt: skip


_MARKS = re.compile(rb"\(+")
_NUMBERS = re.compile(rb"(?:[FI][-+.0-9e]{1,40}\na)+")
"""Numbers in lines, each appended to the same list."""


class BrokenPickleError(Exception):
    """The stream ends in the middle, or holds a byte that is no opcode."""


@dataclass(frozen=True)
class Skipped:
    """A byte or text string that was too long to keep."""

    length: int
    start: int
    """Offset of its first byte in the file."""
    begins: bytes = b""
    """Its first bytes, at most BEGIN_LIMIT."""


class Opcode(NamedTuple):
    """One instruction."""

    name: str
    argument: str | bytes | int | Skipped | None
    end: int
    """Offset of the byte behind it."""


class Window:
    """A blob read forwards in pieces, with cheap skips.

    `drops_frames` reads as CPython's `load` does from a file object that cannot peek: where a value passes the end of
    its frame, the rest of the frame is dropped and the value is read behind it. `loads` reads straight on. A file that
    means two things is to be judged by both.
    """

    def __init__(self, blob: BlobReader, position: int = 0, *, drops_frames: bool = False) -> None:
        self._blob = blob
        self._piece = b""
        self._origin = 0
        self._step = PIECE
        self._frame_end = 0
        self._drops_frames = drops_frames
        self.position = position
        self.passed_a_frame = False
        """True where a value passed the end of its frame, which no honest writer does."""

    def frame(self, length: int) -> None:
        """Note that a frame of so many bytes begins here; Python's own unpickler takes one that ends too soon."""
        self._frame_end = self.position + length

    def ahead(self, length: int) -> bytes:
        """The next bytes, fewer at the end, without passing over them."""
        start = self.position - self._origin
        if not 0 <= start <= len(self._piece) - length:
            self._fill(self.position, length)
            start = 0
        return self._piece[start : start + length]

    def _fill(self, position: int, least: int) -> None:
        self._piece, self._origin = self._blob.read(position, max(least, self._step)), position
        self._step = min(PIECE, 4 * self._step)

    def _cross(self, length: int) -> None:
        if self.position < self._frame_end < self.position + length:
            self.passed_a_frame = True
            if self._drops_frames:
                self.position = self._frame_end

    def take(self, length: int) -> bytes:
        """The next bytes. Raises BrokenPickleError where there are fewer."""
        self._cross(length)
        start = self.position - self._origin
        if start < 0 or start + length > len(self._piece):
            self._fill(self.position, length)
            start = 0
        raw = self._piece[start : start + length]
        if len(raw) < length:
            raise BrokenPickleError("it ends in the middle of an instruction")
        self.position += length
        return raw

    def skip(self, length: int) -> None:
        """Pass over bytes without reading them."""
        if length < 0 or self.position + length > self._blob.size:
            raise BrokenPickleError("it ends in the middle of a value")
        self.position += length
        if self.position > self._origin + len(self._piece):
            self._step = FIRST_PIECE

    def pass_marks(self) -> int:
        """Pass over the marks in the piece that is at hand, but not over the end of a frame. How many they were."""
        return len(self._pass(_MARKS))

    def pass_numbers(self) -> bytes:
        """Pass over numbers that are appended to a list, as far as `pass_marks` does. The instructions for them."""
        return self._pass(_NUMBERS)

    def _pass(self, pattern: re.Pattern[bytes]) -> bytes:
        start = self.position - self._origin
        if start < 0:
            return b""
        end = self._frame_end - self._origin if self.position < self._frame_end else len(self._piece)
        match = pattern.match(self._piece, start, end)
        passed = match[0] if match else b""
        self.position += len(passed)
        return passed

    def pass_over(self, length: int) -> Skipped:
        """Pass over a string."""
        self._cross(length)
        begins = self.ahead(min(max(length, 0), BEGIN_LIMIT))
        self.skip(length)
        return Skipped(length, self.position - length, begins)

    def line(self) -> bytes | Skipped:
        """The bytes up to the end of the line, without it."""
        begin, position, collected = self.position, self.position, b""
        while True:
            start = position - self._origin
            if not 0 <= start < len(self._piece):
                self._fill(position, 1)
                start = 0
            end = self._piece.find(b"\n", start)
            collected += self._piece[start : end if end >= 0 else len(self._piece)][: KEEP_LIMIT + 1 - len(collected)]
            if end >= 0:
                break
            position = self._origin + len(self._piece)
            if position >= self._blob.size:
                raise BrokenPickleError("a line in it does not end")
        self.position = self._origin + end + 1
        length = self.position - 1 - begin
        return collected if length <= KEEP_LIMIT else Skipped(length, begin, collected[:BEGIN_LIMIT])


def opcodes(window: Window) -> Iterator[Opcode]:
    """The instructions from the window's place up to and including STOP. Raises BrokenPickleError."""
    while True:
        known = _CODES.get(window.take(1)[0])
        if known is None:
            raise BrokenPickleError("a byte in it is no instruction")
        argument = _argument(known, window)
        yield Opcode(known.name, argument, window.position)
        if known.name == "STOP":
            return


def _argument(opcode: pickletools.OpcodeInfo, window: Window) -> str | bytes | int | Skipped | None:
    described = opcode.arg
    if described is None:
        return None
    if described.n == pickletools.UP_TO_NEWLINE:
        return _line(opcode.name, window)
    if described.n in _PREFIXES:
        return _counted(opcode.name, described.n, window)
    raw = window.take(described.n)
    if opcode.name == "BINFLOAT":
        return None
    return int.from_bytes(raw, "little", signed=opcode.name == "BININT")


def _line(name: str, window: Window) -> str | Skipped:
    """An argument that ends with its line; module and name of a callable with the line's end between them."""
    line = window.line()
    if name in {"GLOBAL", "INST"}:
        second = window.line()
        if isinstance(line, Skipped) or isinstance(second, Skipped):
            raise BrokenPickleError("the name of a callable in it is longer than any name is")
        return f"{_text(line)}\n{_text(second)}"
    if isinstance(line, Skipped):
        return line
    if name == "STRING":
        return _escaped(line.strip())
    if name == "UNICODE":
        try:
            return line.decode("raw-unicode-escape")
        except UnicodeDecodeError as error:
            raise BrokenPickleError("a text in it cannot be decoded") from error
    return _text(line)


def _escaped(line: bytes) -> str:
    """A text in quotes, with Python's escapes undone."""
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in {b"'", b'"'}:
        raise BrokenPickleError("a text in it has no quotes")
    return _text(unescaped(line[1:-1]))


def unescaped(text: bytes) -> bytes:
    """A text of protocol 0 with Python's escapes undone."""
    return _ESCAPE.sub(_unescaped, text)


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    if code[:1] == b"x" and len(code) == 3:
        return bytes([int(code[1:], 16)])
    if code[:1] in b"01234567":
        return bytes([int(code, 8) & 0xFF])
    return _ESCAPES.get(code, match[0])


def _counted(name: str, prefix: int, window: Window) -> str | bytes | int | Skipped:
    code = _PREFIXES[prefix]
    length = int(struct.unpack(code, window.take(struct.calcsize(code)))[0])
    if name == "FRAME":  # its length counts instructions that follow, not bytes of its own
        window.frame(length)
        return length
    if length > KEEP_LIMIT or length < 0:
        return window.pass_over(length)
    raw = window.take(length)
    if name in {"LONG1", "LONG4"}:
        return int.from_bytes(raw, "little", signed=True)
    return raw if "BYTE" in name else _text(raw)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
