"""OpenFst: a weighted automaton. A decoding graph of speech recognition holds a language model; a grammar does not.

Source: fst/fst.cc and fst/properties.h of OpenFst: a number, two names with their lengths, a version, flags,
properties, and the counts of states and arcs.
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "OpenFst graph"
SUFFIXES = ()
MARK = rb"\xd6\xfd\xb2\x7e[\x03-\x40]\0\0\0[a-z]"

_MAGIC = (2_125_659_606).to_bytes(4, "little")
_WEIGHTED = 1 << 32
"""The property that some arc has a weight."""
_MANY_ARCS = 50_000
"""Arcs beyond which a weighted graph is more likely a language model than a grammar written by hand."""
_NAME = re.compile(r"^(hclg|hclr|hclg_?\w*|gr|g|lg|clg|hlg|rescore\w*|g\.\w+)\.fst$")
_LOADING = LoadingVerdict(LoadingSafety.SAFE, ("the format holds states, labels and numbers only",))


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """An automaton; a weight where its name or its size and weights say that it holds a language model."""
    if blob.head[:4] != _MAGIC:
        return None
    pages = Pages(blob, 0)
    try:
        kind, position = _text(pages, 4)
        arcs_of, position = _text(pages, position)
        properties = pages.number(position + 8, 8)
        states, arcs = (pages.number(position + 24 + 8 * n, 8, signed=True) for n in range(2))
    except DamagedError:
        return None
    if not 0 <= states <= blob.size:
        return None
    weighted = bool(properties & _WEIGHTED)
    named = _NAME.search(path.rpartition("/")[2].lower()) is not None
    large = arcs >= _MANY_ARCS or (arcs <= 0 and blob.size >= 16 * _MANY_ARCS)
    is_weight = weighted and (named or large)
    metadata = {
        "architecture": f"{decoded(kind, 40)} automaton of {decoded(arcs_of, 40)} arcs",
        "states": f"{states:,}",
    }
    if arcs > 0:
        metadata["arcs"] = f"{arcs:,}"
    return Detection(
        format="openfst",
        title="OpenFst decoding graph" if is_weight else TITLE,
        is_weight=is_weight,
        confidence=Confidence.PROBABLE if is_weight else Confidence.CERTAIN,
        loading=_LOADING,
        parameters=arcs if is_weight and 0 < arcs <= blob.size else None,
        metadata=metadata,
        remarks=("Its arcs have weights, as a compiled language model has.",) if is_weight else (),
    )


def _text(pages: Pages, position: int) -> tuple[bytes, int]:
    length = pages.number(position, 4)
    if not 0 < length <= 64:
        raise DamagedError
    return pages.read(position + 4, length), position + 4 + length
