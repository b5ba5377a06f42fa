"""Bytes that are written out in a text: base64 in a script or notebook, `xxd -i`, hexadecimal digits, lists of bytes.

Source: RFC 4648 for base64 and hexadecimal digits; Python's base64 module for base85; xxd(1).
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import posixpath
import re
from collections.abc import Iterator

from bot.scanner.containers.allowance import Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.containers.kinds._decoding import Run, runs
from bot.scanner.density import density
from bot.scanner.readers import BlobReader, BoundedReader, BytesReader

TITLE = "written out in text"
SINGLE = True
MARK = rb"(?:\xef\xbb\xbf)?[\t\n\r\x20-\x7e][\t\n\r\x20-\x7e\x80-\xf4]{15}"
LEAST = 1024

_TEXT_LIMIT = 16 * 1024 * 1024
"""Bytes of the text that are searched."""
_RUNS = 64
"""Runs that are asked about."""
_HEAD = 128 * 1024
"""Bytes that are decoded first; the rest only where somebody reads it."""
_SHARD = re.compile(rb"group\d+[-_]shard\d+of\d+")
"""The name that TensorFlow.js gives its shards."""


def members(path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
    """What the runs stand for, in the order of the kinds of writing."""
    kinds = density(blob)
    if not kinds:
        return
    text = blob.read(0, min(blob.size, _TEXT_LIMIT))
    shard = _SHARD.search(text[:4096])
    stem = shard[0].decode("ascii").replace("_", "-") if shard else posixpath.basename(path).split(".")[0]
    for run in itertools.islice(runs(text, kinds), _RUNS):
        allowance.inflate(len(run.text))
        try:
            content = _Decoded(run)
        except ValueError:
            continue  # a long run of letters and digits that stands for nothing
        yield Member(f"{stem}.bin", functools.partial(_given, content))


def _given(content: BlobReader) -> BlobReader:
    return content


class _Decoded:
    """A reader that decodes a run's head at once, and all of it where more is read. Raises ValueError when made."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._whole = len(run.text) <= _HEAD * run.unit
        self._content = BytesReader(run.decode(run.text[: _HEAD * run.unit]))

    @property
    def size(self) -> int:
        """Length in bytes, from the share of the head where not all is decoded."""
        if self._whole:
            return self._content.size
        return self._content.size * len(self._run.text) // (_HEAD * self._run.unit)

    def read(self, offset: int, length: int) -> bytes:
        """Bytes that the run stands for."""
        if not self._whole and offset + length > self._content.size:
            self._whole = True
            with contextlib.suppress(ValueError):  # then no more than the head is there
                self._content = BytesReader(self._run.decode(self._run.text))
        return self._content.read(offset, length)
