"""Wapiti: a labeller of sequences as text, the number of its active features in the first line.

Source: mdl_save in src/model.c of Wapiti: `#mdl#type#count`, the patterns and labels, then `feature=weight` lines.
"""

from __future__ import annotations

from bot.scanner.formats._plain import DAMAGED, plain_model
from bot.scanner.formats._text import tail
from bot.scanner.readers import BoundedReader
from rules.facts import Detection

TITLE = "Wapiti model"
SUFFIXES = ()
MARK = rb"#mdl#(?:\d#)?\d{1,12}\r?\n#rdr#"

_TYPES = {"0": "maximum entropy", "1": "maximum entropy Markov model", "2": "conditional random field"}


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    words = blob.head[:40].split(b"\n")[0].decode("ascii").strip().split("#")[2:]
    metadata = {"architecture": _TYPES.get(words[0], "labeller of sequences") if len(words) > 1 else None}
    end = tail(blob, 200).rstrip().rpartition(b"\n")[2]
    whole = b"=" in end and end.partition(b"=")[0].isdigit()
    return plain_model("wapiti", TITLE, metadata, parameters=int(words[-1]), remark=None if whole else DAMAGED)
