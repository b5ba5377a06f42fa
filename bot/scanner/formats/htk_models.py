"""Hidden Markov models of HTK and HTS as text: macros with means, variances and transition matrices.

Source: "The HTK Book", chapter 7 (HMM Definition Files).
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "HTK hidden Markov models"
SUFFIXES = ()
MARK = rb"\s{0,4}~[ohstumvp][\s\"<]"
LEAST = 64

_OPTIONS = re.compile(rb"<(?:STREAMINFO|VECSIZE|HMMSETID|MSDINFO)>\s{0,4}[\d<\w]", re.IGNORECASE)
_NUMBERS = re.compile(rb"<(?:MEAN|VARIANCE|TRANSP|MIXTURE|RCLASS|PDFCLASS)>\s{0,4}\d", re.IGNORECASE)
_MODEL = re.compile(rb"<(?:BEGINHMM|NUMSTATES|NUMMIXES|STATE|MEAN|TRANSP)>", re.IGNORECASE)
_NAME = re.compile(rb"~h \"([^\"\n]{1,80})\"")
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format is a text of macros and numbers",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """Definitions of models; None for other text that begins with a tilde."""
    if not blob.head.lstrip().startswith(b"~"):
        return None
    options = _OPTIONS.search(blob.head, 0, 4096)
    model, numbers = _MODEL.search(blob.head), _NUMBERS.search(blob.head)
    if not (options or blob.head.lstrip()[:2] in {b"~h", b"~s", b"~t", b"~p"}) or not model:
        return None
    if not options and not numbers:
        return None
    names = len(set(_NAME.findall(blob.head)))
    return Detection(
        format="htk-models",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if numbers else Confidence.PROBABLE,
        loading=_LOADING,
        metadata={"models": f"{names:,}{' and more' if blob.size > len(blob.head) else ''}"} if names else {},
        remarks=() if numbers else ("It is cut off before its numbers.",),
    )
