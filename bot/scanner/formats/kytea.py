"""KyTea: models of segmentation and tags, as text or binary behind one line of text.

Source: TextModelIO::writeConfig and BinaryModelIO::writeConfig in src/lib/model-io.cpp of KyTea.
"""

from __future__ import annotations

from bot.scanner.formats._plain import plain_model
from bot.scanner.readers import BoundedReader
from bot.scanner.wording import decoded
from rules.facts import Detection

TITLE = "KyTea model"
SUFFIXES = ()
MARK = rb"KyTea \d{1,2}\.\d{1,2}\.\d{1,2} [TB] [A-Za-z0-9_-]{2,20}\r?\n"
LEAST = 64


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    line = decoded(blob.head[:60].split(b"\n")[0], 60)
    return plain_model("kytea", TITLE, {"architecture": "linear models of words and tags", "producer": line})
