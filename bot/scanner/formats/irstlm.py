"""IRSTLM's compiled language models: a line with the kind, the order and the counts of n-grams, words, then tables.

Source: src/lmtable.cpp of IRSTLM (`lmtable::savebin`): `blmt`, or `Qblmt` where the numbers are quantized.
"""

from __future__ import annotations

import re

from bot.scanner.formats._ngrams import metadata_of
from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "IRSTLM language model (compiled)"
SUFFIXES = ()
MARK = rb"Q?blmtI? \d"

_HEADER = re.compile(rb"(Q?)blmtI? (\d{1,2})((?: +\d{1,18})+) *\n")
_WORDS = re.compile(rb"(?:NumCenters(?: \d+)+ *\n)?(\d+)\n(\S+ -?\d+\n)")
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds words and numbers only, and is mapped into memory",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model whose line has as many counts as its order says."""
    header = _HEADER.match(blob.head[:1024])
    if header is None:
        return None
    counts = [int(count) for count in header[3].split()]
    if len(counts) != int(header[2]):
        return None
    words = _WORDS.match(blob.head, header.end())
    total = sum(counts)
    cut = words is None or total > blob.size
    quantized = ", quantized" if header[1] else ""
    return Detection(
        format="irstlm",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE if cut else Confidence.CERTAIN,
        loading=_LOADING,
        parameters=None if cut else total,
        metadata=metadata_of(counts, quantized),
        remarks=("It is cut off, or its list of words is damaged.",) if cut else (),
    )
