"""Julius' binary models: acoustic models (`JBINHMM`) and language models of n-grams (`julius_bingram`).

Source: libsent/include/sent/htk_defs.h, ngram2.h, libsent/src/hmminfo/write_binhmm.c and ngram/ngram_write_bin.c of
Julius.
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Julius model"
SUFFIXES = (".binhmm", ".bingram")
MARK = rb"(?:JBINHMM(?:\n|V2)|julius_bingram_v\d)"
LEAST = 32

_NGRAM = re.compile(rb"(julius_bingram_v\d)\n(?:word=([^\n ]{1,40}) )?(?:byteorder=(\w\w))?")
_HMM = re.compile(rb"JBINHMM(?:\n|V2\0[_PVM]{1,8}\0)")
_HEADER = 512
"""Bytes of the text before an n-gram model."""
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds words and numbers only",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model of either kind."""
    if not blob.head.startswith((b"JBINHMM", b"julius_bingram_v")):
        return None
    ngram = _NGRAM.match(blob.head)
    if ngram:
        metadata = {"architecture": "n-gram model", "version": decoded(ngram[1])}
        whole = blob.size > _HEADER
    else:
        metadata = {"architecture": "hidden Markov models"}
        whole = _HMM.match(blob.head) is not None and blob.size > 64
    return Detection(
        format="julius",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if whole else Confidence.PROBABLE,
        loading=_LOADING,
        metadata=metadata,
        remarks=() if whole else ("It is cut off, or its header is not one that is known.",),
    )
