"""LightGBM: boosted trees as text, or dumped as JSON.

Source: src/boosting/gbdt_model_text.cpp and src/io/tree.cpp of LightGBM.
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader
from bot.scanner.structures.json_leaves import leaves
from bot.scanner.structures.text import whole_text
from bot.scanner.wording import decoded, shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "LightGBM"
SUFFIXES = ()
MARK = (
    rb"(?:tree|gbdt|dart|goss|rf)\r?\n(?:version=v?\d|num_class=\d|boosting=)"
    rb'|\{\s{0,12}"name"\s{0,4}:\s{0,4}"tree"\s{0,4},\s{0,12}"version"'
)

COUNT_LIMIT = 4 * 1024 * 1024
"""Bytes of the largest model that is read through for its numbers and its end."""
_FACT = re.compile(rb"^(version|num_class|objective|max_feature_idx)=([^\r\n]{1,100})", re.MULTILINE)
_TREE = re.compile(rb"^num_leaves=(\d{1,9})\r?$", re.MULTILINE)
_TREE_IN_JSON = re.compile(rb'"num_leaves"\s{0,4}:\s{0,4}(\d{1,9})\b')
_END = re.compile(rb"^end of trees", re.MULTILINE)
_SIZES = re.compile(rb"^tree_sizes=([\d ]{1,65536})", re.MULTILINE)
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("it is text: nothing in it is executed",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model with its trees; None for everything else."""
    return _json(blob) if blob.head.startswith(b"{") else _text(blob)


def _text(blob: BoundedReader) -> Detection | None:
    content, complete = whole_text(blob, COUNT_LIMIT)
    facts = {name.decode("ascii"): decoded(value, 100) for name, value in _FACT.findall(content)}
    sizes = _SIZES.search(content)
    if "num_class" not in facts or "max_feature_idx" not in facts:
        return None
    leaves_of_trees = [int(number) for number in _TREE.findall(content)]
    trees = len(sizes[1].split()) if sizes else len(leaves_of_trees)
    if not complete:
        return _described(
            blob, facts, trees, None, "It is larger than what is read here; its numbers were not counted."
        )
    whole = _END.search(content) is not None or (not sizes and bool(leaves_of_trees))
    if whole and len(leaves_of_trees) != trees:
        return _described(blob, facts, trees, None, "It has not as many trees as it says.")
    if not whole:
        return _described(blob, facts, trees, None, "It is damaged or cut off.")
    return _described(blob, facts, trees, leaves_of_trees, None)


def _json(blob: BoundedReader) -> Detection | None:
    head = leaves(blob.head)
    if ("tree_info",) not in head.containers and ("feature_names",) not in head.containers:
        return None
    names = ("version", "num_class", "objective", "max_feature_idx")
    facts = {name: shown(value, 100) for name in names if (value := head.value(name))}
    if "num_class" not in facts:
        return None
    content, complete = whole_text(blob, COUNT_LIMIT)
    if not complete:
        return _described(blob, facts, 0, None, "It is larger than what is read here; its numbers were not counted.")
    if not content.rstrip(b" \r\n\t").endswith(b"}"):
        return _described(blob, facts, 0, None, "It is damaged or cut off.")
    leaves_of_trees = [int(number) for number in _TREE_IN_JSON.findall(content)]
    return _described(blob, facts, len(leaves_of_trees), leaves_of_trees, None)


def _described(
    blob: BoundedReader, facts: dict[str, str], trees: int, leaves_of_trees: list[int] | None, remark: str | None
) -> Detection:
    # A tree of n leaves has n values and n - 1 thresholds.
    numbers = sum(max(1, 2 * count - 1) for count in leaves_of_trees or ())
    objective = facts.get("objective", "").split(" ")[0]
    features = facts.get("max_feature_idx", "")
    metadata = {
        "architecture": f"boosted trees, {objective}" if objective else "boosted trees",
        **({"trees": str(trees)} if trees else {}),
        **({"features": str(int(features) + 1)} if features.isdigit() and len(features) < 10 else {}),
        "producer": f"LightGBM (model format {facts['version']})" if "version" in facts else "LightGBM",
    }
    damaged = remark is not None and "larger" not in remark
    return Detection(
        format="lightgbm",
        title=TITLE,
        is_weight=trees > 0 or remark is not None,
        confidence=Confidence.PROBABLE if damaged else Confidence.CERTAIN,
        loading=_SAFE,
        parameters=numbers if 0 < numbers <= blob.size else None,
        metadata=metadata,
        remarks=(remark,) if remark else (),
    )
