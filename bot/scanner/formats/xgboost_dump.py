"""XGBoost's dumps: every tree or weight of a booster written out as text or as JSON, for people and for converters.

Source: Booster.dump_model in python-package/xgboost/core.py and src/tree/tree_model.cc of XGBoost.
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader
from bot.scanner.structures.json_leaves import leaves
from bot.scanner.structures.text import whole_text
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "XGBoost dump"
SUFFIXES = ()
MARK = rb'booster\[0\]:?\r?\n(?:0:(?:\[|leaf=)|bias:\r?\n)|\[\s{0,8}\{\s{0,8}"nodeid"\s?:\s?0\s?,'

COUNT_LIMIT = 4 * 1024 * 1024
"""Bytes of the largest dump that is read through for its numbers."""
_NODE = re.compile(rb"^\t*\d{1,9}:(?:\[[^\]\n]{1,400}\] yes=\d{1,9},no=\d{1,9}|leaf=[-+.\deEinfa]{1,30})", re.MULTILINE)
_TREE = re.compile(rb"^booster\[\d{1,9}\]:?\r?$", re.MULTILINE)
_NUMBER = re.compile(rb"^[-+]?\d[\d.eE+-]{0,30}\r?$", re.MULTILINE)
_LEAF = re.compile(rb'"(?:leaf|split_condition)"\s?:\s?[-+.\d]')
_TREE_IN_JSON = re.compile(rb'"nodeid"\s?:\s?0\s?,')


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A dump with at least one tree; None for everything else."""
    is_json = blob.head.startswith(b"[")
    if is_json:
        found = leaves(blob.head)
        if not any(path[-1] == "leaf" for path, _ in found.found) and ("[]", "children") not in found.containers:
            return None
    elif not _NODE.search(blob.head) and not re.match(rb"booster\[0\]:?\r?\nbias:\r?\n[-+]?\d", blob.head):
        return None
    metadata = {}
    numbers = None
    remarks: tuple[str, ...] = ("It is larger than what is read here; its numbers were not counted.",)
    content, complete = whole_text(blob, COUNT_LIMIT)
    if complete:
        patterns = (_LEAF, _TREE_IN_JSON) if is_json else (_NODE, _TREE)
        numbers = len(patterns[0].findall(content))
        if numbers:
            metadata["trees"] = str(len(patterns[1].findall(content)))
        numbers = numbers or len(_NUMBER.findall(content))
        remarks = ()
    return Detection(
        format="xgboost-dump",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("it is text: nothing in it is executed",)),
        parameters=numbers,
        metadata={"architecture": "boosted trees" if metadata else "linear booster", **metadata},
        remarks=remarks,
    )
