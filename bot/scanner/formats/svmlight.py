"""SVM-light: a support vector machine as text, settings with their meaning behind them and one vector on each line.

Source: write_model in svm_common.c of SVM-light.
"""

from __future__ import annotations

import re

from bot.scanner.formats._plain import DAMAGED, TOO_LARGE, plain_model
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.text import whole_text
from rules.facts import Detection

TITLE = "SVM-light model"
SUFFIXES = ()
MARK = rb"SVM-(?:light|struct) Version V\d\.\d{1,3}\r?\n\d{1,3} # kernel type"

COUNT_LIMIT = 4 * 1024 * 1024
"""Bytes of the largest model that is read through for its numbers."""
_VECTORS = re.compile(rb"^(\d{1,12}) # number of support vectors plus 1", re.MULTILINE)
_FEATURES = re.compile(rb"^(\d{1,12}) # highest feature index", re.MULTILINE)
_KERNELS = {b"0": "linear", b"1": "polynomial", b"2": "radial basis function", b"3": "sigmoid", b"4": "custom"}


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    content, complete = whole_text(blob, COUNT_LIMIT)
    if not content.startswith(b"SVM-") or content.count(b"\n", 0, 200) < 2:
        return None
    version, kernel = content.split(b"\n", 2)[:2]
    vectors, features = _VECTORS.search(content), _FEATURES.search(content)
    metadata = {
        "architecture": f"support vector machine, {_KERNELS.get(kernel[:1], 'other')} kernel",
        "features": features[1].decode("ascii") if features else None,
        "producer": version.decode("latin-1").strip(),
    }
    if not complete:
        return plain_model("svmlight", TITLE, metadata, remark=TOO_LARGE)
    lines = content[vectors.end() :].splitlines()[2:] if vectors else []
    if vectors is None or len(lines) + 1 < int(vectors[1]):
        return plain_model("svmlight", TITLE, metadata, remark=DAMAGED)
    return plain_model("svmlight", TITLE, metadata, parameters=sum(1 + line.count(b":") for line in lines))
