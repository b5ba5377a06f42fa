"""LIBLINEAR: a linear classifier or regression as text, a header of settings and the weights, one feature on each line.

Source: save_model in linear.cpp of LIBLINEAR.
"""

from __future__ import annotations

import re

from bot.scanner.formats._plain import DAMAGED, TOO_LARGE, plain_model
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.text import whole_text
from rules.facts import Detection

TITLE = "LIBLINEAR model"
SUFFIXES = ()
MARK = rb"solver_type (?:L[12]R_|MCSVM_CS|ONECLASS_SVM)[A-Z0-9_]{0,30}\r?\nnr_class "

COUNT_LIMIT = 4 * 1024 * 1024
"""Bytes of the largest model that is read through for its numbers."""
_FACT = re.compile(rb"^(solver_type|nr_class|nr_feature) (\w{1,40})\r?$", re.MULTILINE)
_WEIGHTS = re.compile(rb"^w\r?\n", re.MULTILINE)


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    content, complete = whole_text(blob, COUNT_LIMIT)
    start = _WEIGHTS.search(content)
    facts = {
        name.decode("ascii"): value.decode("ascii") for name, value in _FACT.findall(content[: start and start.start()])
    }
    if not {"solver_type", "nr_feature"} <= facts.keys():
        return None
    metadata = {
        "architecture": f"linear model, {facts['solver_type']}",
        "classes": facts.get("nr_class"),
        "features": facts["nr_feature"],
    }
    if not complete:
        return plain_model("liblinear", TITLE, metadata, remark=TOO_LARGE)
    lines = content[start.end() :].splitlines() if start else []
    if start is None or not facts["nr_feature"].isdigit() or len(lines) < int(facts["nr_feature"][:12]):
        return plain_model("liblinear", TITLE, metadata, remark=DAMAGED)
    return plain_model("liblinear", TITLE, metadata, parameters=sum(len(line.split()) for line in lines))
