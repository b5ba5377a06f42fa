"""Wapiti: a labeller of sequences as text, the number of its active features in the first line.

Source: mdl_save in src/model.c of Wapiti: `#mdl#type#count`, the patterns and labels, then `feature=weight` lines.
"""

from __future__ import annotations

import re

from bot.scanner.formats._plain import DAMAGED, plain_model
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.text import tail
from rules.facts import Detection

TITLE = "Wapiti model"
SUFFIXES = ()
MARK = rb"#mdl#(?:\d#)?\d{1,12}\r?\n#rdr#"

_FIRST_LINE = re.compile(rb"#mdl#(?:(\d)#)?(\d{1,12})\r?\n")
_TYPES = {b"0": "maximum entropy", b"1": "maximum entropy Markov model", b"2": "conditional random field"}


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    match = _FIRST_LINE.match(blob.head)
    if match is None:
        return None
    metadata = {"architecture": _TYPES.get(match[1] or b"", "labeller of sequences")}
    end = tail(blob, 200).rstrip().rpartition(b"\n")[2]
    whole = b"=" in end and end.partition(b"=")[0].isdigit()
    return plain_model("wapiti", TITLE, metadata, parameters=int(match[2]), remark=None if whole else DAMAGED)
