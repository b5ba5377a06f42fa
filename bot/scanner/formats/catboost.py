"""CatBoost: oblivious or ordinary trees in a FlatBuffer behind `CBM1`, or as JSON.

Source: catboost/libs/model/model.cpp (the mark and the length before the FlatBuffer) and
catboost/libs/model/flatbuffers/model.fbs of CatBoost; model_export/json_model_helpers.cpp for the keys of the JSON.
"""

from __future__ import annotations

import re

from bot.scanner.formats._licences import statements
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.flatbuffer import Table, table_at
from bot.scanner.structures.json_leaves import leaves
from bot.scanner.structures.pages import DamagedError, Pages
from bot.scanner.structures.text import tail, whole_text
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LicenseStatement, LoadingSafety, LoadingVerdict

TITLE = "CatBoost"
SUFFIXES = (".cbm",)
MARK = rb'CBM1|\{\s{0,16}"(?:features_info|ctr_data|model_info|oblivious_trees|scale_and_bias|trees)"'

READ_LIMIT = 1024 * 1024
"""Bytes beyond the head that are read; the values of the leaves are not."""
COUNT_LIMIT = 4 * 1024 * 1024
"""Bytes of the largest JSON that is read through."""
_PAIRS = 1000
_TEXT_LIMIT = 64 * 1024
_TREES, _INFO = 1, 2
"""Fields of TModelCore."""
_SPLITS, _SIZES, _CATEGORICAL, _FLOAT, _LEAF_VALUES = 1, 2, 4, 5, 8
"""Fields of TModelTrees."""
_JSON_KEYS = (b'"oblivious_trees"', b'"trees"', b'"model_info"')
_VERSION = re.compile(rb"tags/(v[\d.]{1,20})")
_S = rb"\s{0,99}"
_LOSS = re.compile(
    rb'"loss_function"' + _S + rb":" + _S + rb"\{" + _S
    + rb'(?:"params"' + _S + rb":" + _S + rb"\{[^{}]{0,200}\}" + _S + rb"," + _S + rb")?"
    + rb'"type"' + _S + rb":" + _S + rb'"([\w:;=.]{1,40})"'
)  # fmt: skip
_VALUES = re.compile(rb'"leaf_values"\s{0,99}:\s{0,99}\[([^\]]{1,1000000})\]')
_NODE = re.compile(rb'"(?:split_index|value)"\s{0,4}:\s{0,4}-?\d')
_LICENSE = re.compile(rb"licen[cs]e", re.IGNORECASE)
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers and settings only",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    return _binary(blob) if blob.head.startswith(b"CBM1") else _json(blob)


def _binary(blob: BoundedReader) -> Detection | None:
    core = int.from_bytes(blob.head[4:8], "little")
    if len(blob.head) < 16 or core < 16:
        return None
    metadata: dict[str, str] = {}
    licenses: list[tuple[str, object]] = []
    numbers = None
    remark = None
    try:
        pages = Pages(blob, READ_LIMIT)
        root = table_at(pages, 8 + pages.number(8, 4))
        metadata, licenses = _info(root)
        numbers = _trees(root, metadata)
        if 8 + core > blob.size:
            remark = "It is damaged or cut off."
    except DamagedError:
        remark = "It is damaged or cut off."
    except BudgetExceededError:
        remark = "Its structure is larger than what is read here."
    if remark and b"FlabuffersModel_v1" not in blob.head[:4096] and not metadata:
        return None
    return _described(metadata, numbers, remark, statements(licenses))


def _trees(root: Table, metadata: dict[str, str]) -> int:
    """Values of leaves and splits; puts the counts of trees and features among the facts."""
    trees = root.table(_TREES)
    if trees is None:
        return 0
    metadata["trees"] = str(trees.vector(_SIZES)[1])
    metadata["features"] = str(trees.vector(_CATEGORICAL)[1] + trees.vector(_FLOAT)[1])
    begin, values = trees.vector(_LEAF_VALUES)
    splits = trees.vector(_SPLITS)[1]
    if begin + 8 * values > root.pages.size:
        raise DamagedError
    return values + splits


def _info(root: Table) -> tuple[dict[str, str], list[tuple[str, object]]]:
    metadata = {"architecture": "boosted trees"}
    licenses: list[tuple[str, object]] = []
    for pair in root.tables(_INFO, _PAIRS):
        key, value = pair.text(0, 200), pair.text(1, _TEXT_LIMIT)
        if key == b"params" and (match := _LOSS.search(value)):
            metadata["architecture"] += f", {decoded(match[1], 60)}"
        elif key == b"catboost_version_info":
            match = _VERSION.search(value)
            metadata["producer"] = f"CatBoost {decoded(match[1], 20)}" if match else "CatBoost"
        elif _LICENSE.search(key):
            licenses.append((decoded(key, 100), value.decode("utf-8", "replace")))
    return metadata, licenses


def _json(blob: BoundedReader) -> Detection | None:
    content, whole = whole_text(blob, COUNT_LIMIT)
    content += b"" if whole else tail(blob, 4096)
    containers = leaves(blob.head).containers
    of_features = {("features_info", "float_features"), ("features_info", "categorical_features")}
    if not of_features & containers or not any(key in content for key in _JSON_KEYS):
        return None
    metadata = {"architecture": "boosted trees"}
    if match := _LOSS.search(content):
        metadata["architecture"] += f", {decoded(match[1], 60)}"
    match = _VERSION.search(content)
    metadata["producer"] = f"CatBoost {decoded(match[1], 20)}" if match else "CatBoost"
    values = [found[1].count(b",") + 1 for found in _VALUES.finditer(content)]
    remark = None if not whole or content.rstrip(b" \r\n\t").endswith(b"}") else "It is damaged or cut off."
    numbers = None
    if not whole:
        remark = remark or "It is larger than what is read here; its numbers were not counted."
    elif not remark:
        metadata.update({"trees": str(len(values))} if values else {})
        numbers = sum(values) + len(_NODE.findall(content))
    return _described(metadata, numbers, remark, ())


def _described(
    metadata: dict[str, str], numbers: int | None, remark: str | None, licenses: tuple[LicenseStatement, ...]
) -> Detection:
    return Detection(
        format="catboost",
        title=TITLE,
        is_weight=numbers != 0 or remark is not None,
        confidence=Confidence.PROBABLE if remark and "damaged" in remark else Confidence.CERTAIN,
        loading=_SAFE,
        parameters=numbers or None,
        metadata=metadata,
        licenses=licenses,
        remarks=(remark,) if remark else (),
    )
