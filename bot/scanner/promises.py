"""What a file's name promises: the formats whose endings nothing else uses."""

from __future__ import annotations

import posixpath

from bot.scanner.formats import formats_by_suffix


def promised_formats(path: str) -> tuple[str, ...]:
    """The formats that a file's name promises, empty where the name is used by other things too."""
    stem = posixpath.basename(path).lower()
    while "." in stem.lstrip("."):
        _, _, stem = stem.partition(".")
        if found := formats_by_suffix().get(f".{stem}"):
            return found
    return ()
