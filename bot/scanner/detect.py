"""One file to one verdict: ask every format, keep the surest answer."""

from __future__ import annotations

import posixpath

from bot.scanner.formats import candidates, formats_by_suffix
from bot.scanner.readers import BlobReader, BoundedReader
from rules.facts import Detection

READ_BUDGET = 32 * 1024 * 1024
"""Bytes one detection may read in all: the head, a header, a central directory, the pickles in a zip."""


def detect(path: str, reader: BlobReader) -> Detection | None:
    """Say what the bytes behind `reader` are, or None where no format knows them.

    `path` is a hint that can raise confidence, never a reason by itself. At most READ_BUDGET bytes
    are read. Raises UnreadableError where even the head cannot be had.
    """
    blob = BoundedReader(reader, READ_BUDGET)
    if not blob.head:
        return None
    answers = [
        (answer.confidence, answer.is_weight, not getattr(module, "GENERIC", False), answer)
        for module in candidates(posixpath.basename(path).lower(), blob.head, blob.size)
        if (answer := module.recognise(path, blob)) is not None
    ]
    return max(answers, key=lambda rated: rated[:3])[3] if answers else None


def promised_formats(path: str) -> tuple[str, ...]:
    """The formats that a file's name promises, empty where the name is used by other things too."""
    name = posixpath.basename(path).lower()
    stem = name
    while "." in stem.lstrip("."):
        _, _, stem = stem.partition(".")
        if found := formats_by_suffix().get(f".{stem}"):
            return found
    return ()
