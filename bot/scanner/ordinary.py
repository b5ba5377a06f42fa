"""Which files of a very large change are not opened: texts that their names and git's compressed copies speak for.

Inflating 50,000 sources costs git alone seven times what it needs to list them. So, from LARGE_CHANGE files on, a text
is passed over by its name, its size and how well it compresses. This is no proof, and what it lets through is known:

- a file of less than 1 KiB under the name of a source or another text, whatever it holds;
- what compresses as a text does under such a name: a pickle of words, weights that are mostly zeros, and what differs
  so little from another blob that git stores the difference;
- numbers that are written out with few digits in a source of some length (`0.1234`, `-17` and `0x1c` come to 0.16 to
  0.3 of their length, as long sources do), where the file's name has no word for what they are.

It does not let through what people do with weights: binary numbers under any name (0.9 of their length), base64
(0.75), hexadecimal digits (0.55), decimals of full length (0.4), arrays in a source called `model_data.h` or
`nn_weights.c`, JSON, XML, YAML and tables of 16 KiB and more, scripts of 64 KiB and any text of 256 KiB. Of the 1,148
weights of the corpus (`docs/detection.md`) three are let through under their own names: two random forests of 4 KB and
a detector of hands in 22 KB of JavaScript. Reports say how many files were passed over.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.scanner.names import TEXT_ENDINGS

LARGE_CHANGE = 5_000
"""Changed files from which on ordinary texts are passed over."""
_SHORT = 1024
"""Bytes. No array of numbers that is worth a look fits into a shorter text (LEAST of the formats for sources)."""
_LONG = 16 * 1024
"""Bytes from which on a source compresses well, and a table may be a model as a whole."""
_TABLES = (b"csv", b"json", b"txt", b"tsv", b"xml", b"yaml", b"yml")
_SCRIPTS = (b"js", b"mjs")
"""Models are shipped to browsers as scripts."""
_NUMBERS = re.compile(
    rb"model|weight|coef|embed|quant|layer|tensor|ckpt|checkpoint|lora|lstm|gru|mlp|vector|glove|shard|blob|booster"
    rb"|(?<![a-z])(?:params?|data|[a-z]?nns?|nets?|network|xgb|lgbm)(?![a-z])"
)
"""Words by which people name files of numbers."""
_ASKED_FOR = frozenset({b"dvc.lock", b"meta.json", b"zarr.json"})
"""Names of texts that a kind of pointer or a format asks about whatever they hold (their NAMES)."""


class _Bounds(NamedTuple):
    """What ordinary texts of a kind keep to, measured on 50,000 files of Python and C.

    The shares are of a text's size, below which git's compressed copy lies.
    """

    short: float
    long: float
    """From 16 KiB on. One long source in fifty is above it."""
    largest: int
    """Bytes from which on it is opened anyway: what is so long was seldom written by hand."""


_SOURCE = _Bounds(0.6, 0.35, 256 * 1024)
_SCRIPT = _Bounds(0.6, 0.35, 64 * 1024)
_TABLE = _Bounds(0.6, 0.6, _LONG)
_SOURCE_OF_NUMBERS = 0.15
"""The share below which a source of less than 16 KiB is passed over whatever its name says."""
_BY_ENDING = (
    dict.fromkeys((ending.encode() for ending in TEXT_ENDINGS), _SOURCE)
    | dict.fromkeys(_SCRIPTS, _SCRIPT)
    | dict.fromkeys(_TABLES, _TABLE)
)


def is_ordinary(path: bytes, size: int, stored: int) -> bool:
    """True for a text that need not be opened. `stored` is what git's copy of its `size` bytes takes.

    It is asked about every file of a large change, so what costs most comes last: the search for words in the name.
    """
    _, dot, ending = path.rpartition(b".")
    bounds = _BY_ENDING.get(ending) or _BY_ENDING.get(ending.lower())
    if bounds is None or not dot or size >= bounds.largest:
        return False
    if size >= _SHORT and stored >= (bounds.short if size < _LONG else bounds.long) * size:
        return False
    name = path.rpartition(b"/")[2].lower()
    if name in _ASKED_FOR:
        return False
    if bounds is not _TABLE and (size < _SHORT or (size < _LONG and stored < _SOURCE_OF_NUMBERS * size)):
        return True
    return _NUMBERS.search(name) is None
