"""LIBSVM: a support vector machine as text, a header of settings and one support vector on each line.

Source: svm_save_model in svm.cpp of LIBSVM.
"""

from __future__ import annotations

import re

from bot.scanner.formats._plain import DAMAGED, TOO_LARGE, plain_model
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.text import whole_text
from rules.facts import Detection

TITLE = "LIBSVM model"
SUFFIXES = ()
MARK = rb"svm_type (?:c_svc|nu_svc|one_class|epsilon_svr|nu_svr)\r?\nkernel_type "

COUNT_LIMIT = 4 * 1024 * 1024
"""Bytes of the largest model that is read through for its numbers."""
_FACT = re.compile(rb"^(svm_type|kernel_type|nr_class|total_sv) (\w{1,20})\r?$", re.MULTILINE)
_VECTORS = re.compile(rb"^SV\r?\n", re.MULTILINE)
_NUMBER = re.compile(rb"(?:(?<=:)|^|(?<= ))[-+]?[\d.][\d.eE+-]*", re.MULTILINE)


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    content, complete = whole_text(blob, COUNT_LIMIT)
    start = _VECTORS.search(content)
    facts = {
        name.decode("ascii"): value.decode("ascii") for name, value in _FACT.findall(content[: start and start.start()])
    }
    if not {"svm_type", "kernel_type"} <= facts.keys():
        return None
    metadata = {
        "architecture": f"{facts['svm_type']}, {facts['kernel_type']} kernel",
        "classes": facts.get("nr_class"),
        "support_vectors": facts.get("total_sv"),
    }
    if not complete:
        return plain_model("libsvm", TITLE, metadata, remark=TOO_LARGE)
    vectors = content[start.end() :].splitlines() if start else []
    if start is None or str(len(vectors)) != facts.get("total_sv"):
        return plain_model("libsvm", TITLE, metadata, remark=DAMAGED)
    indices = sum(line.count(b":") for line in vectors)
    numbers = sum(len(_NUMBER.findall(line)) for line in vectors)
    return plain_model("libsvm", TITLE, metadata, parameters=max(numbers - indices, indices))
