"""Headers of safetensors that are too long to be parsed at once: entry by entry, and to a cap.

A JSON text of 100 MB, which the format allows, would take a gigabyte as objects of Python.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from bot.scanner.readers import BoundedReader
from bot.scanner.structures.pages import DamagedError

_PIECE = 256 * 1024
_ENTRY = re.compile(
    rb'\s{0,64}[{,]\s{0,64}"((?:[^"\\]|\\.){0,8192}+)"\s{0,64}:\s{0,64}(\{(?:[^{}"]|"(?:[^"\\]|\\.)*+")*+\})', re.DOTALL
)
"""A name and an object that holds no other."""
_LONGEST = 1024 * 1024
"""Bytes of one entry: what a `__metadata__` may hold."""


def entries(blob: BoundedReader, start: int, length: int, limit: int) -> Iterator[tuple[bytes, object]]:
    """Raw names and parsed values of the entries in the first `limit` bytes of a header.

    Raises DamagedError where what follows is none, and UnreadableError as the reader does.
    """
    text, position = b"", 0
    end = start + min(length, limit)
    for piece in blob.chunks(start, end - start, _PIECE):
        text, position = text[position:] + piece, 0
        while match := _ENTRY.match(text, position):
            position = match.end()
            yield match[1], _parsed(match[2])
        if len(text) - position > _LONGEST:
            raise DamagedError
    if length <= limit and text[position:].strip() != b"}":
        raise DamagedError


def _parsed(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise DamagedError from error
