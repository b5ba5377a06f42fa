"""Vowpal Wabbit: the learned weights behind the version, the range of labels and the number of bits, or as text.

Source: save_load_header in vowpalwabbit/core/src/parse_regressor.cc of Vowpal Wabbit.
"""

from __future__ import annotations

import math
import re
import struct

from bot.scanner.formats._plain import plain_model
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.stream import Stream
from rules.facts import Detection

TITLE = "Vowpal Wabbit model"
SUFFIXES = ()
MARK = rb"[\x06-\x0d]\0\0\0\d{1,2}\.\d{1,3}\.\d{1,3}\0|Version \d{1,2}\.\d{1,3}\.\d{1,3}\r?\nId "

_VERSION = re.compile(rb"\d{1,2}\.\d{1,3}\.\d{1,3}\0")
_TEXT_LIMIT = 1000
_BITS = range(1, 62)


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    if blob.head.startswith(b"Version "):
        lines = blob.head[:400]
        if b"\nMin label:" not in lines or b"\nbits:" not in lines:
            return None
        version = lines.split(b"\n")[0].removeprefix(b"Version ").decode("ascii").strip()
        return plain_model("vowpal-wabbit", TITLE, {"producer": f"Vowpal Wabbit {version}"})
    try:
        return _binary(Stream(blob, 64 * 1024))
    except (DamagedError, BudgetExceededError):
        return None


def _binary(stream: Stream) -> Detection | None:
    version = _text(stream)
    _text(stream)  # the model's own name
    kind = stream.raw(1)
    least, most, bits = struct.unpack("<ffI", stream.raw(12))
    if not _VERSION.fullmatch(version) or kind != b"m" or bits not in _BITS:
        return None
    if math.isnan(least) or math.isnan(most) or least > most:
        return None
    metadata = {"producer": f"Vowpal Wabbit {version[:-1].decode('ascii')}", "bits": bits}
    return plain_model("vowpal-wabbit", TITLE, metadata)


def _text(stream: Stream) -> bytes:
    length = stream.number(4)
    if length > _TEXT_LIMIT:
        raise DamagedError
    return stream.raw(length)
