"""NLTK's averaged perceptron as JSON: for each feature of a word, the weight of each tag.

Source: nltk/tag/perceptron.py of NLTK (`AveragedPerceptron.save`, and `_get_features` for the names of the features).
"""

from __future__ import annotations

import re

from bot.scanner.formats._plain import DAMAGED, TOO_LARGE, plain_model
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.json_leaves import leaves
from bot.scanner.structures.text import whole_text
from rules.facts import Detection

TITLE = "averaged perceptron (JSON)"
SUFFIXES = ()
_FEATURE = rb"(?:bias|i(?:[+-][12])? (?:suffix|pref1|tag|word|tag\+i-2 tag))"
MARK = rb'\{\s{0,8}"' + _FEATURE + rb'[^"]{0,80}"\s{0,4}:\s{0,4}\{\s{0,8}"[^"]{1,20}"\s{0,4}:\s{0,4}-?\d'

COUNT_LIMIT = 8 * 1024 * 1024
"""Bytes of the largest file whose weights are counted."""
_NAMED = re.compile(_FEATURE.decode("ascii") + r"\b.*")
_WEIGHT = re.compile(rb'":\s{0,4}-?\d')
_FEWEST = 8
"""Weights of the smallest model."""


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """Weights by feature and tag; None for everything else."""
    found = leaves(blob.head).found
    named = [path for path, value in found if len(path) == 2 and _NAMED.fullmatch(path[0]) and value[-1:].isdigit()]
    if len(named) < _FEWEST or 10 * len(named) < 9 * len(found):
        return None
    content, complete = whole_text(blob, COUNT_LIMIT)
    tags = sorted({path[1] for path in named})
    metadata = {"architecture": "averaged perceptron", "tags": ", ".join(tags[:20])}
    if not complete:
        return plain_model("perceptron-json", TITLE, metadata, remark=TOO_LARGE)
    whole = content.rstrip().endswith(b"}}")
    numbers = len(_WEIGHT.findall(content))
    return plain_model("perceptron-json", TITLE, metadata, parameters=numbers, remark=None if whole else DAMAGED)
