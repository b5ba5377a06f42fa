r"""Language models of n-grams as text: `\data\`, the counts of each order, then probabilities with their words.

A language model of n-grams is a table of probabilities estimated from text, and counts as weights here; a list of bare
counts does not. Source: ngram-format(5) of SRILM; lm/read_arpa.cc of KenLM; IRSTLM's `iARPA` and `qARPA` are of this
form.
"""

from __future__ import annotations

import re

from bot.scanner.formats._ngrams import metadata_of
from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "ARPA language model"
SUFFIXES = (".arpa",)
MARK = rb"(?:[\r\n\t ]{0,16}\\data\\|[iq]ARPA[ \r\n]|#{20})"
LEAST = 40

_DATA = re.compile(rb"\\data\\[ \t]*\r?\n((?:[ \t]*(?:ngram[ \t]+\d{1,3}[ \t]*=[ \t]*\d{1,18}[ \t]*)?\r?\n){1,40})")
_COUNT = re.compile(rb"ngram[ \t]+(\d+)[ \t]*=[ \t]*(\d+)")
_SECTION = re.compile(rb"\\\d{1,3}-grams:[ \t]*\r?\n")
_ENTRY = re.compile(rb"[ \t]*[-+]?(?:\d{1,4}(?:\.\d{0,30})?(?:[eE][-+]?\d{1,3})?|inf)[ \t]+\S")
_PREAMBLE = 16 * 1024
"""Bytes before `\\data\\`, which the CMU toolkit fills with a frame of text."""
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format is a table of words and numbers",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for text that only speaks of one."""
    start = blob.head.find(b"\\data\\", 0, _PREAMBLE)
    data = _DATA.match(blob.head, start) if start >= 0 else None
    counts = [(int(order), int(count)) for order, count in _COUNT.findall(data[1])] if data else []
    if data is None or not counts or [order for order, _ in counts] != list(range(1, len(counts) + 1)):
        return None
    section = _SECTION.search(blob.head, data.end(), data.end() + 200)
    first = blob.head[section.end() :] if section else b""
    # IRSTLM's quantized form has a codebook of numbers first.
    entered = _ENTRY.match(first) is not None or (blob.head.startswith(b"qARPA") and first[:1].isdigit())
    total = sum(count for _, count in counts)
    cut = not entered or total * 4 > blob.size
    return Detection(
        format="arpa",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE if cut else Confidence.CERTAIN,
        loading=_LOADING,
        parameters=None if cut else total,
        metadata=metadata_of([count for _, count in counts]),
        remarks=("It is cut off: not all of its n-grams are there.",) if cut else (),
    )
