"""Tables of statistical machine translation (Moses): a phrase, its translation and probabilities on each line.

Source: "Phrase Scoring" in the manual of Moses: fields between ` ||| `, of which the third has the scores.
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Phrase table (statistical translation)"
SUFFIXES = ()
MARK = rb"[^\n|]{1,300} \|\|\| [^\n|]{1,300} \|\|\| [\d.]"
LEAST = 256

_SCORE = rb"\d{1,2}(?:\.\d{1,20})?(?:[eE][-+]?\d{1,3})?"
_LINE = re.compile(
    rb"[^\n|]{1,600} \|\|\| [^\n|]{1,600} \|\|\| (%b(?: %b){1,11}) ?(?:\|\|\|[^\n]*)?" % (_SCORE, _SCORE)
)
_LINES = 200
"""Lines that are looked at."""
_LEAST_LINES = 8
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format is a text of phrases and numbers",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A table whose every line has phrases and probabilities; None for other text with bars."""
    lines = blob.head.split(b"\n", _LINES + 1)[:-1][:_LINES]
    if len(lines) < _LEAST_LINES:
        return None
    widths = set()
    for line in lines:
        match = _LINE.fullmatch(line.rstrip())
        if match is None:
            return None
        scores = [float(score) for score in match[1].split()]
        widths.add(len(scores))
        # A probability, or the constant e that older tables carry as a penalty.
        if any(score > 2.72 for score in scores):
            return None
    if len(widths) != 1:
        return None
    return Detection(
        format="phrase-table",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE,
        loading=_LOADING,
        metadata={"scores": str(widths.pop())},
        remarks=("It holds probabilities that were counted from translated text.",),
    )
