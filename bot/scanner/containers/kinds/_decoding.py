"""Bytes that are written out in a text: base64, hexadecimal digits, arrays of numbers in source code."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.scanner.density import Density

SHORTEST = 400
"""Characters of a run that is decoded."""
_LINE = 40
"""Characters of a line that may belong to a wrapped run."""
_LONG_LINE = 8 * 1024
"""Characters of a line that may hold several runs, none of which goes on in the next."""
_CODED = re.compile(rb"[A-Za-z0-9+/_-]{40,}+={0,2}")
_END = re.compile(rb"[\s\"']*+([A-Za-z0-9+/_-]{1,40}+={0,2})(?:\\n)?[\s\"',+;)]*+")
"""The last line of a run."""
_HEX = re.compile(rb"[0-9a-fA-F]+")
_ESCAPES = re.compile(rb"(?:\\x[0-9a-fA-F]{2}|\"\s*+\"){100,}+")
_BASE85 = re.compile(rb"[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{400,}+")
_BASE85_LIMIT = 64 * 1024
"""Characters of base85 that are decoded; Python does it one by one."""
_NUMBER = rb"-?(?:0[xX][0-9a-fA-F]{1,2}|[0-9]{1,3})(?:u8|[uU])?"
_COMMENT = rb"(?:/\*[^*]{0,40}+\*/\s*+)?"
_ARRAY = re.compile(rb"[\[{(]\s*+(?:%b%b\s*+,\s*+){64,}+" % (_COMMENT, _NUMBER))
_ITEM = re.compile(rb"/\*[^*]*\*/|(?<!\w)-?(?:0[xX][0-9a-fA-F]+|[0-9]+)")


@dataclass(frozen=True)
class Run:
    """A run of text that stands for bytes."""

    start: int
    text: bytes
    decode: Callable[[bytes], bytes]
    """Raises ValueError."""
    unit: int
    """Characters of the text that stand for a few bytes, at least: a head of so many is decoded alone."""


def runs(text: bytes, kinds: Density) -> Iterator[Run]:
    """Every run of the text that may be decoded, of the kinds that were seen in it."""
    if Density.NUMBERS in kinds:
        for match in _ARRAY.finditer(text):
            yield Run(match.start(), match[0], _from_array, 6)
        for match in _ESCAPES.finditer(text) if b"\\x" in text else ():
            yield Run(match.start(), match[0], _from_escapes, 4)
    if Density.CODE in kinds:
        for start, run in _wrapped(text):
            is_hex = _HEX.fullmatch(run) is not None
            yield Run(start, run, _from_hex if is_hex else _from_base64, 2)
        for match in _BASE85.finditer(text):
            yield Run(match.start(), match[0][:_BASE85_LIMIT], _from_base85, 2)


def _wrapped(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Runs of base64's letters, on one line or on many that hold little else: quotes, commas, indentation."""
    pieces: list[bytes] = []
    start = position = 0
    for line in text.split(b"\n"):
        if len(line) > _LONG_LINE:
            for match in _CODED.finditer(line):
                if len(match[0]) >= SHORTEST:
                    yield position + match.start(), match[0]
        found = _CODED.search(line) if _LINE <= len(line) <= _LONG_LINE else None
        if not pieces or found is None or len(found[0]) * 10 < len(line.strip()) * 8:
            if pieces and found is None and (end := _END.fullmatch(line)):
                pieces.append(end[1])
            yield from _joined(start, pieces)
            pieces = []
        if found is not None:
            start = start if pieces else position + found.start()
            pieces.append(found[0])
        position += len(line) + 1
    yield from _joined(start, pieces)


def _joined(start: int, pieces: list[bytes]) -> Iterator[tuple[int, bytes]]:
    if sum(map(len, pieces)) >= SHORTEST:
        yield start, b"".join(pieces)


def _from_base64(run: bytes) -> bytes:
    run = run.translate(bytes.maketrans(b"-_", b"+/"), b"=")
    return binascii.a2b_base64(run[: len(run) // 4 * 4] + (run[len(run) // 4 * 4 :] + b"==")[:4] * (len(run) % 4 > 1))


def _from_hex(run: bytes) -> bytes:
    return binascii.unhexlify(run[: len(run) // 2 * 2])


def _from_escapes(run: bytes) -> bytes:
    return binascii.unhexlify(run.translate(None, b'\\x" \t\r\n')[: run.count(b"\\x") * 2])


def _from_base85(run: bytes) -> bytes:
    return base64.b85decode(run[: len(run) // 5 * 5])


def _from_array(run: bytes) -> bytes:
    items = _ITEM.findall(run)
    if b"/*" in run:
        items = [item for item in items if not item.startswith(b"/")]
    if b"x" not in run and b"X" not in run:
        return bytes([number & 0xFF for number in map(int, items)])
    return bytes([int(item, 16 if b"x" in item or b"X" in item else 10) & 0xFF for item in items])
