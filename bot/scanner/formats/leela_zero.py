"""Networks of Leela Zero and of the first Leela Chess Zero: text, a version and then one line of numbers per tensor.

Source: load_network_file and load_v1_network in src/Network.cpp of leela-zero: the weights of a convolution of 3 times
3, then its biases, means and variances, each of as many numbers as there are channels. lc0 wrote the same with
version 2.
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader
from bot.scanner.structures.gunzip import content_of, inflated
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Leela Zero network (text)"
SUFFIXES = ()
MARK = rb"\x1f\x8b\x08|[123]\r?\n-?\d?\.?\d"
LEAST = 1024

CONTENT_LIMIT = 16 * 1024 * 1024
"""Bytes of the text in which the lines are counted."""
LINE_LIMIT = 2_000
"""Lines that are counted; forty residual blocks have 338."""
_START = re.compile(rb"[123]\r?\n-?(?:\d|\.\d)")
_NUMBERS = re.compile(rb"(?:-?(?:\d{1,6}\.?\d{0,30}|\.\d{1,30})(?:[eE][-+]?\d{1,3})?[ \r]{1,2}){30}")
"""The first numbers of a line; a convolution has hundreds."""
_SIZE = 64 * 1024
_TAIL = 14
"""Lines of the two heads behind the residual blocks of eight lines each."""


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A network; None for everything else."""
    start = inflated(blob, _SIZE) or blob.head
    if _START.match(start) is None:
        return None
    second = start.find(b"\n") + 1
    if _NUMBERS.match(start, second) is None or _has_letters(start):
        return None
    content, is_all = content_of(blob, CONTENT_LIMIT)
    counts = [line.strip().count(b" ") + 1 for line in content.rstrip().split(b"\n", LINE_LIMIT)[1:]]
    channels = _channels(counts if is_all else counts[:-1])
    if channels == 0:
        return None
    blocks, rest = divmod(len(counts) - 4 - _TAIL, 8)
    is_whole = is_all and channels is not None and rest == 0 and blocks >= 0
    metadata = {"version": chr(start[0])}
    if channels:
        metadata["channels"] = f"{channels:,}"
    if is_whole:
        metadata["architecture"] = f"{blocks} residual blocks of {channels} channels"
    return Detection(
        format="leela-zero",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if channels else Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers only",)),
        parameters=sum(counts) if is_whole else None,
        tensors=len(counts) if is_whole else None,
        metadata=metadata,
        remarks=() if is_whole else ("It is cut off, or longer than what is read here.",),
    )


def _has_letters(start: bytes) -> bool:
    return re.search(rb"[^0-9eE+\-.\s]", start) is not None


def _channels(counts: list[int]) -> int | None:
    """Channels of the first convolution: 0 where the lines do not fit, None where too few of them are there."""
    if len(counts) < 4:
        return None if len(counts) < 2 else 0
    kernel, biases, means, variances = counts[:4]
    fits = 0 < biases == means == variances and kernel % (9 * biases) == 0 and kernel > 0
    return biases if fits else 0
