"""Networks of KataGo: lines of text that describe each layer, its numbers in the text or as bytes, mostly in gzip.

Source: python/export_model_pytorch.py and cpp/neuralnet/desc.cpp of KataGo: the model's name, its version, the
numbers of its spatial and of its global input planes; a convolution is its name, two sizes, two numbers of channels,
two dilations, and the numbers, which "@BIN@" precedes where they are bytes.
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader
from bot.scanner.structures.gunzip import inflated
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "KataGo network"
SUFFIXES = ()
_LINES = rb"[!-~]{1,200}\r?\n\d{1,2}\r?\n\d{1,3}\r?\n\d{1,3}\r?\n"
MARK = rb"\x1f\x8b\x08|" + _LINES
LEAST = 256

_LOOK = 8 * 1024
"""Bytes in which the first convolution stands."""
_HEADER = re.compile(rb"([!-~]{1,200})\r?\n(\d{1,2})\r?\n(\d{1,3})\r?\n(\d{1,3})\r?\n")
_CONVOLUTION = re.compile(
    rb"\n[A-Za-z_][!-~]{0,200}\r?\n(\d{1,2})\r?\n(\d{1,2})\r?\n(\d{1,5})\r?\n(\d{1,5})\r?\n\d{1,2}\r?\n\d{1,2}\r?\n"
    rb"(@BIN@|-?\d[\d.eE+-]{0,40}[ \n]-?\d)"
)


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A network; None for everything else."""
    start = inflated(blob, _LOOK) or blob.head[:_LOOK]
    header = _HEADER.match(start)
    if header is None:
        return None
    found = _CONVOLUTION.finditer(start, header.end() - 1)
    convolution = next((each for each in found if int(each[3]) == int(header[3])), None)
    if convolution is None:
        return None
    text = start[: convolution.start()]
    if not text.isascii() or b"\0" in text:
        return None
    return Detection(
        format="katago",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers and names only",)),
        metadata={
            "name": decoded(header[1], 80),
            "version": decoded(header[2]),
            "channels": decoded(convolution[4]),
            "encoding": "bytes" if convolution[5] == b"@BIN@" else "text",
        },
        remarks=("Its numbers were not counted.",),
    )
