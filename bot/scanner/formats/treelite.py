"""Treelite's checkpoints: an ensemble of trees, every field in a row and every list behind its length.

Source: src/serializer.cc and include/treelite/tree.h of Treelite 4.
"""

from __future__ import annotations

import re

from bot.scanner.formats._plain import plain_model
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.stream import Stream
from rules.facts import Detection

TITLE = "Treelite checkpoint"
SUFFIXES = ()
MARK = rb"[\x04-\x09]\0\0\0[\0-\x3f]\0\0\0[\0-\x3f]\0\0\0[\x02\x03]{2}.{5}\0{3}.{3}\0[\0-\x04][\0\x01].{2}\0\0"

_POSTPROCESSOR = re.compile(rb"[a-z_0-9]{2,40}")
_TREE_LIMIT = 100_000
_TASKS = ("binary classification", "regression", "multi-class classification", "ranking", "isolation forest")


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A checkpoint; None for everything else."""
    stream = Stream(blob, 1024 * 1024)
    try:
        version = ".".join(str(stream.number(4)) for _ in range(3))
        stream.skip(2)
        trees, features, task = stream.number(8), stream.number(4), stream.number(1)
        stream.skip(1)
        targets = stream.number(4)
        if not (0 < trees < _TREE_LIMIT and 0 < targets < _TREE_LIMIT and task < len(_TASKS)):
            return None
        for expected in (targets, 2, trees, trees):  # classes, shape of leaves, target and class of each tree
            if _list(stream, 4) != expected:
                return None
        postprocessor = stream.raw(min(stream.number(8), 100))
        stream.skip(8)
        _list(stream, 8)
        _list(stream, 1)
    except (DamagedError, BudgetExceededError):
        return None
    if not _POSTPROCESSOR.fullmatch(postprocessor):
        return None
    metadata = {
        "architecture": f"trees, {_TASKS[task]}, {postprocessor.decode('ascii')}",
        "trees": trees,
        "features": features,
        "producer": f"Treelite {version}",
    }
    return plain_model("treelite", TITLE, metadata)


def _list(stream: Stream, width: int) -> int:
    """Step over a list; its length."""
    count = stream.number(8)
    stream.skip(count * width)
    return count
