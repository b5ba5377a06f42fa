"""From bytes to opcodes with their arguments; long byte strings are passed over, not read.

The table of opcodes is Python's own (pickletools), so a protocol this Python knows is a protocol we know.
"""

from __future__ import annotations

import pickletools
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from bot.scanner.readers import BlobReader

KEEP_LIMIT = 4096
"""Bytes of a text or byte string that are kept; of a longer one only the length is."""
LINE_LIMIT = 64 * 1024
"""Bytes of an argument that ends with its line (protocol 0)."""
PIECE = 64 * 1024

_CODES = {ord(opcode.code): opcode for opcode in pickletools.opcodes}
_PREFIXES = {
    pickletools.TAKEN_FROM_ARGUMENT1: "<B",
    pickletools.TAKEN_FROM_ARGUMENT4: "<i",
    pickletools.TAKEN_FROM_ARGUMENT4U: "<I",
    pickletools.TAKEN_FROM_ARGUMENT8U: "<Q",
}


class BrokenPickleError(Exception):
    """The stream ends in the middle, or holds a byte that is no opcode."""


@dataclass(frozen=True)
class Skipped:
    """A byte or text string that was too long to keep."""

    length: int


@dataclass(frozen=True)
class Opcode:
    """One instruction."""

    name: str
    argument: str | bytes | int | Skipped | None
    end: int
    """Offset of the byte behind it."""


class Window:
    """A blob read forwards in pieces, with cheap skips."""

    def __init__(self, blob: BlobReader, position: int = 0) -> None:
        self._blob = blob
        self._piece = b""
        self._origin = 0
        self.position = position

    def take(self, length: int) -> bytes:
        """The next bytes. Raises BrokenPickleError where there are fewer."""
        start = self.position - self._origin
        if start < 0 or start + length > len(self._piece):
            self._piece = self._blob.read(self.position, max(length, PIECE))
            self._origin, start = self.position, 0
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

    def line(self) -> bytes:
        """The bytes up to the end of the line, without it."""
        collected = bytearray()
        while (byte := self.take(1)) != b"\n":
            collected += byte
            if len(collected) > LINE_LIMIT:
                raise BrokenPickleError("a line in it does not end")
        return bytes(collected)


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
        line = window.line()
        if opcode.name in {"GLOBAL", "INST"}:
            line += b" " + window.line()
        return _text(line).strip("'\"") if opcode.name == "STRING" else _text(line)
    if described.n in _PREFIXES:
        return _counted(opcode.name, described.n, window)
    raw = window.take(described.n)
    if opcode.name == "BINFLOAT":
        return None
    return int.from_bytes(raw, "little", signed=opcode.name == "BININT")


def _counted(name: str, prefix: int, window: Window) -> str | bytes | int | Skipped:
    code = _PREFIXES[prefix]
    length = int(struct.unpack(code, window.take(struct.calcsize(code)))[0])
    if name == "FRAME":  # its length counts instructions that follow, not bytes of its own
        return length
    if length > KEEP_LIMIT or length < 0:
        window.skip(length)
        return Skipped(length)
    raw = window.take(length)
    if name in {"LONG1", "LONG4"}:
        return int.from_bytes(raw, "little", signed=True)
    return raw if "BYTE" in name else _text(raw)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
