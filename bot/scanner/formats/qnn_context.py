"""Qualcomm's QNN contexts (`.bin`, `.serialized`): networks compiled for one accelerator.

Qualcomm publishes no description of the format. Source: what Netron reads of it (source/qnn.js): four beginnings of
sixteen bytes, which hold little more than versions, so that the name must speak for it too.
"""

from __future__ import annotations

import posixpath
import re

from bot.scanner.formats._marks import begins_with
from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Qualcomm QNN context"
SUFFIXES = ()
MARK = rb"\0{3}\x02\0{3}(?:\x01\0{4}[\x04\x0c]\0{3}|\x02\0{8}|\x03\0{7}\x01)"
LEAST = 4096

_NAMES = re.compile(r"\.serialized(\.bin)?$|qnn|context|\.hexagon|htp")


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A context by its first bytes; surely one only where its name says so."""
    if not begins_with(MARK, blob, LEAST):
        return None
    named = _NAMES.search(posixpath.basename(path).lower()) is not None
    return Detection(
        format="qnn-context",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE if named else Confidence.POSSIBLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("it holds a network for an accelerator, nothing for the host",)),
        remarks=("Only its first sixteen bytes are known.",),
    )
