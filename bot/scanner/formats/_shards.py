"""Weights in several files of one model: their names count themselves, `model-00002-of-00005.safetensors`.

Source: the naming of Hugging Face's `save_pretrained` and of llama.cpp's gguf-split.
"""

from __future__ import annotations

import posixpath
import re

COMPANION_LIMIT = 1_000
"""Files that are named as belonging together; the largest models have some hundred."""
_COUNTED = re.compile(r"^(.{0,200}?)([-_.])(\d{5})-of-(\d{5})(\..{1,40}|)$", re.DOTALL)


def shards_beside(path: str) -> tuple[str, ...]:
    """The other shards of the model that a counted name belongs to; none for other names."""
    match = _COUNTED.match(posixpath.basename(path))
    if match is None:
        return ()
    stem, mark, number, count, ending = match.groups()
    if not 1 < int(count) <= COMPANION_LIMIT or int(number) > int(count):
        return ()
    first = 0 if number == "00000" else 1
    numbers = range(first, first + int(count))
    return tuple(f"{stem}{mark}{each:05}-of-{count}{ending}" for each in numbers if each != int(number))
