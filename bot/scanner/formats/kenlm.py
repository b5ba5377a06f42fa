"""KenLM's binary language models: a mark, values that prove the machine's layout, an order, and counts of n-grams.

A language model of n-grams is a table of probabilities estimated from text, and counts as weights here. Source:
lm/binary_format.cc and lm/model_type.hh of KenLM.
"""

from __future__ import annotations

import re

from bot.scanner.formats._ngrams import metadata_of
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.pages import DamagedError, Pages
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "KenLM language model"
SUFFIXES = ()
MARK = rb"mmap lm http://kheafield\.com/code"

_MARK = b"mmap lm http://kheafield.com/code"
_VERSION = re.compile(rb"mmap lm http://kheafield\.com/code format version (\d{1,3})\n")
_KINDS = ("probing", "probing with rest costs", "trie", "quantized trie", "array trie", "quantized array trie")
_FIXED = 88
"""Where order and kind begin: after the mark (56 bytes, padded) and the values that prove the layout (32)."""
_COUNTS = _FIXED + 20
_ORDERS = range(1, 21)
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds words and numbers only, and is mapped into memory",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A language model; one that another program's layout wrote is told by its mark alone."""
    if not blob.head.startswith(_MARK):
        return None
    version = _VERSION.match(blob.head)
    pages = Pages(blob, 0)
    metadata: dict[str, str] = {}
    total = None
    remark = None
    try:
        order, kind = pages.number(_FIXED, 1), pages.number(_FIXED + 8, 4)
        if version is None or version[1] != b"5" or order not in _ORDERS or kind >= len(_KINDS):
            remark = "Its header is not the one of version 5, which is read here."
        else:
            counts = [pages.number(_COUNTS + 8 * n, 8) for n in range(order)]
            metadata = metadata_of(counts, f", {_KINDS[kind]}")
            # The densest tries take about one byte for each n-gram; the header's counts are not trusted beyond.
            total = sum(counts) if sum(counts) <= 2 * blob.size else None
            remark = None if total is not None else "It is cut off: not all of its n-grams are there."
    except DamagedError:
        remark = "It ends within its header."
    return Detection(
        format="kenlm",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE if remark else Confidence.CERTAIN,
        loading=_LOADING,
        parameters=total,
        metadata=metadata,
        remarks=(remark,) if remark else (),
    )
