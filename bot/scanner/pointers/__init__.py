"""Small files in git that stand for large ones elsewhere, one module per kind.

A pointer module defines

`MARK`, `NAMES`
    as in `bot.scanner.formats`: how every pointer of this kind begins, or how it is named;
`LIMIT`
    bytes that a pointer of this kind has at most;
`parse(path, content) -> tuple[Pointer, ...]`
    the pointers written in the file, empty where it is something else. What was meant as one and is damaged is a
    Pointer with a `fault`. Pure and total: any bytes give an answer.

Adding a kind is adding one module.
"""

from __future__ import annotations

import functools
import posixpath
from collections.abc import Mapping, Sequence
from typing import Protocol, cast

from bot.scanner.marks import Gate
from bot.scanner.modules import modules_of
from bot.scanner.readers import BlobReader
from rules.facts import Pointer

POINTER_LIMIT = 512 * 1024
"""Bytes of the largest file that any kind reads: a `dvc.lock` names every output of a pipeline."""
_HEAD = 1024


class PointerKind(Protocol):
    """What a module in this folder offers."""

    MARK: bytes
    LIMIT: int

    def parse(self, path: str, content: bytes) -> tuple[Pointer, ...]:
        """See the package's description."""
        ...


@functools.cache
def _gate() -> Gate[PointerKind]:
    return Gate(cast(Mapping[str, PointerKind], modules_of(__name__)).values())


def pointers_in(path: str, reader: BlobReader) -> Sequence[Pointer]:
    """The pointers that a file is or lists, empty where it is none of the known kinds. Raises UnreadableError."""
    size = reader.size
    if not 0 < size <= POINTER_LIMIT:
        return ()
    head = reader.read(0, min(size, _HEAD))
    for kind in _gate().candidates(posixpath.basename(path).lower(), head, size):
        if size <= kind.LIMIT and (found := kind.parse(path, head if size <= _HEAD else reader.read(0, size))):
            return found
    return ()
