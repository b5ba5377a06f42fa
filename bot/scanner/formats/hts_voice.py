"""Voices of HTS: a `.htsvoice` with all its parts, or the parts as files of their own (RHVoice, older voices).

A `.htsvoice` is text up to `[DATA]`, whose section `[POSITION]` says where in the rest the parts are. A file of
distributions has three sizes, the counts of each state, then big-endian float32 numbers. Source: lib/HTS_model.c of
hts_engine API.
"""

from __future__ import annotations

import re
import struct

from bot.scanner.readers import BoundedReader
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "HTS voice"
SUFFIXES = (".htsvoice",)
MARK = rb"(?:\[GLOBAL\]\r?\nHTS_VOICE_VERSION:|\0\0\0[\0\1]\0\0\0.\0\0[\0-\x0f].\0\0..)"
LEAST = 64

_POSITION = re.compile(rb"[:,](\d{1,12})-(\d{1,12})")
_NAMES = {"version": b"HTS_VOICE_VERSION", "language": b"FULLCONTEXT_FORMAT", "streams": b"STREAM_TYPE"}
_STATES = 10
"""Most states of a model whose distributions are in one file; five are usual."""
_SAMPLE = 64
"""Numbers at the begin that must be such as training gives."""
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds questions of text, and numbers",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A voice, or a file of distributions whose counts agree with its size; None for everything else."""
    if blob.head.startswith(b"[GLOBAL]") and b"HTS_VOICE_VERSION:" in blob.head[:40]:
        return _voice(blob)
    return _distributions(blob) if blob.size >= LEAST else None


def _voice(blob: BoundedReader) -> Detection:
    header, found, _ = blob.head.partition(b"[DATA]")
    position = header.rpartition(b"[POSITION]")[2]
    extents = [(int(begin), int(end)) for begin, end in _POSITION.findall(position)]
    start = len(header) + len(b"[DATA]\n")
    ends = max((end for _, end in extents), default=0) + 1
    whole = bool(found) and bool(extents) and start + ends <= blob.size + 1
    metadata = {}
    for name, key in _NAMES.items():
        if match := re.search(re.escape(key) + rb":([^\r\n]{1,80})", header[:4096]):
            metadata[name] = decoded(match[1])
    return Detection(
        format="hts-voice",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if whole else Confidence.PROBABLE,
        loading=_LOADING,
        tensors=sum(len(_POSITION.findall(line)) for line in position.split(b"\n") if b"PDF" in line) or None,
        metadata=metadata,
        remarks=() if whole else ("It is cut off, or its positions are damaged.",),
    )


def _distributions(blob: BoundedReader) -> Detection | None:
    """Means and variances: two numbers for each dimension, four where a stream may be silent (pitch)."""
    silent, streams, width = struct.unpack(">3I", blob.head[:12])
    numbers_each = width * (4 if silent else 2)
    if not streams or not 0 < width <= 4096:
        return None
    total = 0
    for states in range(1, _STATES + 1):
        place = 12 + 4 * (states - 1)
        total += int.from_bytes(blob.head[place : place + 4], "big")
        size = place + 4 + 4 * total * numbers_each
        if size == blob.size and total * numbers_each >= 16:
            return _described(blob, place + 4, total * numbers_each, states)
        if size > blob.size:
            break
    return None


def _described(blob: BoundedReader, start: int, numbers: int, states: int) -> Detection | None:
    count = min(numbers, _SAMPLE)
    values = struct.unpack(f">{count}f", blob.head[start : start + 4 * count])
    if not all(value == 0 or 1e-20 < abs(value) < 1e6 for value in values) or not any(values):
        return None
    return Detection(
        format="hts-voice",
        title="HTS voice (distributions)",
        is_weight=True,
        confidence=Confidence.CERTAIN,
        loading=_LOADING,
        parameters=numbers,
        tensors=states,
        metadata={"states": str(states), "dtypes": "F32 (1)"},
    )
