"""CatBoost models exported as source code: trees and leaves as arrays in C++ or Python, and what asks them.

Source: catboost/libs/model/model_export/cpp_exporter.cpp and python_exporter.cpp of CatBoost.
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader
from bot.scanner.structures.text import whole_text
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "CatBoost (source code)"
SUFFIXES: tuple[str, ...] = ()
MARK = rb"(?:\xef\xbb\xbf)?\s{0,8}(?:#|//|/\*|import |from |class |\"\"\"|static )"
LEAST = 128

COUNT_LIMIT = 8 * 1024 * 1024
"""Bytes of the largest text whose leaves are counted."""
_KINDS = (
    (
        "C++",
        re.compile(rb"struct CatboostModel\s{0,8}\{"),
        re.compile(rb"\bTreeCount\s?=\s?(\d{1,9});"),
        re.compile(rb"\bLeafValues(?:\[\d{1,12}\]){0,2}\s?=\s?\{([^;]*+);"),
        b"Borders",
    ),
    (
        "Python",
        re.compile(rb"class catboost_model\b"),
        re.compile(rb"\btree_count = (\d{1,9})\b"),
        re.compile(rb"\bleaf_values = \[([^=]*+)="),
        b"float_feature_borders",
    ),
)
"""For each language: how the model begins, its count of trees, its leaves, and the name of its borders."""
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_LOADING = LoadingVerdict(LoadingSafety.EXECUTES_CODE, ("it is a program, which runs where it is used",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """Probable where the model's own words stand in the head; None for everything else."""
    if b"atboost" not in blob.head:
        return None
    for language, begin, count, leaves, borders in _KINDS:
        trees = count.search(blob.head)
        if begin.search(blob.head) is None or trees is None or borders not in blob.head:
            continue
        text, whole = whole_text(blob, COUNT_LIMIT)
        found = leaves.search(text)
        remark = "Its leaves were not counted: it is longer than what is read here." if not whole else None
        if whole and found is None:
            remark = "It is cut off: its leaves do not end."
        return Detection(
            format="catboost-source",
            title=TITLE,
            is_weight=int(trees[1]) > 0,
            confidence=Confidence.PROBABLE,
            loading=_LOADING,
            parameters=sum(1 for _ in _NUMBER.finditer(found[1])) if found else None,
            metadata={"architecture": "boosted trees", "trees": f"{int(trees[1]):,}", "language": language},
            remarks=(remark,) if remark else (),
        )
    return None
