"""A file that is compressed as a whole: one member, of a size that is known only at its end."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator

from bot.scanner.containers.allowance import BYTES, RATIO, Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.readers import BlobReader, BoundedReader, BudgetExceededError, UnreadableError
from bot.scanner.structures.inflating import ENDLESS, Inflated, Inflater

_SAMPLE = 1024
_TEXT = bytes(range(32, 127)) + b"\t\n\r\f"
_UNUSED = 64 * 1024
"""Compressed bytes that may have been taken and not yet used."""
_PATIENCE = 64 * 1024 * 1024
"""Bytes that a small stream may grow to."""
_BOMB = f"it grows more than {RATIO:,}-fold, as an archive bomb does"
_FIRST = 1024 * 1024
"""Bytes that are inflated at once: most streams end within, and their size is then known."""


def stream(
    path: str,
    blob: BoundedReader,
    allowance: Allowance,
    begin: Callable[[], Inflater],
    *,
    size: int | None = None,
    cost: int = 1,
) -> Iterator[Member]:
    """The content of a stream: as long as `size` claims, and again as long as it is where that may matter.

    `cost` is what a byte takes from the allowance: the slow ones get less far. Formats that read from a file's end, or
    hold its size against what it describes, need the true size. To inflate everything for it is left to the second
    time: for a zip, and where binary content of unknown length was not known by its head. Raises UnreadableError.
    """

    def spend(count: int) -> None:
        try:
            allowance.inflate(count * cost)
        except BudgetExceededError as error:
            if inflated.held > RATIO * (inflated.taken - _UNUSED):
                raise UnreadableError(_BOMB) from error
            raise

    inflated = Inflated(blob, begin, spend, size)
    inflated.inflate(_FIRST)
    if not inflated.held:
        return  # damaged from the first byte on: the mark was there by chance
    name = without_ending(path)
    claimed = inflated.size
    if size is not None and claimed > max(BYTES, RATIO * blob.size):
        raise UnreadableError(_BOMB)
    yield Member(name, lambda: _reader(inflated))
    if not inflated.ended and inflated.taken >= blob.size:
        # All that is compressed was taken, so that it cannot grow much more, unless it is a bomb.
        inflated.inflate(_PATIENCE)
        if not inflated.ended:
            raise UnreadableError(_BOMB)
    if inflated.ended and inflated.size == claimed:
        return  # where somebody read on to an end that is not where it was claimed, the directory of a zip was missed
    head = inflated.read(0, _SAMPLE)
    is_unknown = size is None or inflated.held > size  # a claim that was passed was none
    is_zip = head.startswith(b"PK")
    if is_zip or (is_unknown and head.translate(None, _TEXT)):
        try:
            inflated.inflate(ENDLESS)
        except BudgetExceededError:
            if is_zip:
                raise
            return  # its head and what its structure tells were looked at, as of a file that is not compressed
        if inflated.size != claimed:
            yield Member(name, lambda: _reader(inflated))


def _reader(inflated: BlobReader) -> BlobReader:
    return inflated


def without_ending(path: str) -> str:
    """The name of what a compressed file holds: `weights.npz` in `weights.npz.gz`, a tar in a `.tgz`."""
    stem, ending = posixpath.splitext(path)
    return f"{stem}.tar" if ending.lower() in {".tgz", ".tbz2", ".tbz", ".txz", ".tzst"} else stem or path
