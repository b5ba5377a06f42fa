"""Cascades, boosted trees and patch experts written out as a literal in source code: an object, a dict, a flat array.

Source: the cascades that jsfeat and js-objectdetect ship (Viola-Jones as objects with `simpleClassifiers`; the
brightness features of ccv with `stage_classifier`), the face models of clmtrackr, tracking.js for OpenCV's XML turned
to JSON (its assets) and for the flat array (ViolaJones.js), doc/model.schema of XGBoost for the names of a tree's
lists. As XML and JSON files of their own cascades and trees are known by `opencv_cascade.py` and `xgboost.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Classifiers written out in source code"
SUFFIXES: tuple[str, ...] = ()
MARK = rb"(?:\xef\xbb\xbf)?[\t\n\r\x20-\x7e][\t\n\r\x20-\x7e\x80-\xf4]{15}"
LEAST = 16 * 1024

_TEXT_LIMIT = 4 * 1024 * 1024
"""Bytes of the text in which nodes are counted."""
_FEWEST = 40
"""Nodes, rows of numbers or lists of a tree below which it is an example or a test; cascades in use have more."""
_STAGES = 3
_EARLY = 4 * 1024
"""Bytes in which the first word of a kind is looked for, behind a licence and a few names: most texts end here."""
_LISTS = 4
"""Flat arrays of one text that are looked at."""
_REAL = rb"[-+]?\d*+\.\d*+(?:[eE][-+]?\d+)?"
_QUOTE = rb"[\"']?"
_HAAR = b"opencv-haar-classifier"
_OBJECTS: Mapping[bytes, tuple[str, re.Pattern[bytes]]] = {
    b"simpleClassifiers": (
        "Viola-Jones cascade",
        re.compile(rb"threshold%b\s*:\s*%b\s*,\s*%b(?:left|right)_val%b\s*:" % (_QUOTE, _REAL, _QUOTE, _QUOTE)),
    ),
    _HAAR: (
        "Viola-Jones cascade",
        re.compile(
            rb"threshold%b\s*:\s*%b%b%b[,\s]{1,80}%b(?:left|right)_(?:val|node)%b\s*:"
            % (_QUOTE, _QUOTE, _REAL, _QUOTE, _QUOTE, _QUOTE)
        ),
    ),
    b"stage_classifier": (
        "cascade of brightness features",
        re.compile(rb"%bn?z%b\s*:\s*\[[-\d\s,]{1,400}\]\s*}\s*,?" % (_QUOTE, _QUOTE)),
    ),
    b"gradient_booster": (
        "boosted trees of XGBoost",
        re.compile(rb"[\"'](?:base_weights|split_conditions|left_children)[\"']\s*:\s*\[\s*[-+]?\d"),
    ),
    b"scoring": (
        "patch experts of a face tracker",
        re.compile(rb"\[\s*+(?:%b\s*+,\s*+){16}" % _REAL),
    ),
}
"""A word of each kind that comes early, what it is, and how a node of it (or a list of nodes) is written."""
_BESIDE: Mapping[bytes, tuple[bytes, ...]] = {
    b"simpleClassifiers": (b"features",),
    _HAAR: (b"stages", b"trees", b"rects"),
    b"stage_classifier": (b"alpha", b"feature"),
    b"gradient_booster": (b"learner", b"base_weights", b"left_children"),
    b"scoring": (b"patchModel", b"weights", b"coef"),
}
"""Words that stand further on in the head."""
_FLAT = re.compile(rb"Array\(\s*\[(?=\s*\d{1,3}\s*,\s*\d{1,3}\s*,\s*-?[\d.])")
_NUMBERS = re.compile(rb"[-+\d.eE,\s]*+")
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("numbers in a text; nothing loads them but the program around",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """Probable where the words of a kind and many of its nodes are there; certain where a flat array is a cascade."""
    head = blob.head
    early = head[:_EARLY]
    for word, (kind, node) in _OBJECTS.items():
        if word in early and all(beside in head for beside in _BESIDE[word]):
            text = blob.read(0, min(blob.size, _TEXT_LIMIT))
            count = sum(1 for _ in islice(node.finditer(text), 1_000_000))
            if count >= _FEWEST:
                return _described(kind, Confidence.PROBABLE, None)
    if b"Array(" in early and _FLAT.search(early):
        text = blob.read(0, min(blob.size, _TEXT_LIMIT))
        for match in islice(_FLAT.finditer(text), _LISTS):
            numbers = _numbers(text, match.end())
            nodes = _nodes_of_cascade(numbers)
            if nodes >= _FEWEST:
                return _described("Viola-Jones cascade", Confidence.CERTAIN, 3 * nodes)
    return None


def _described(kind: str, confidence: Confidence, parameters: int | None) -> Detection:
    return Detection(
        format="written-classifiers",
        title=TITLE,
        is_weight=True,
        confidence=confidence,
        loading=_SAFE,
        parameters=parameters,
        metadata={"architecture": kind},
    )


def _numbers(text: bytes, position: int) -> list[float]:
    run = _NUMBERS.match(text, position)
    try:
        return [float(item) for item in run[0].split(b",") if item.strip()] if run else []
    except ValueError:
        return []


def _nodes_of_cascade(numbers: list[float]) -> int:
    """Nodes of a flat cascade, 0 where the numbers are none.

    Width and height of the window; then for each stage its threshold and how many nodes it has; for each node whether
    it is tilted, how many rectangles it sums (at most three, each with place, size and weight, within the window), its
    threshold and its two values.
    """
    window = numbers[:2]
    rest = iter(numbers[2:])
    nodes = stages = 0
    for _threshold in rest:
        count = next(rest, 0.0)
        if not 1 <= count <= 10_000 or count != int(count):
            return 0
        for _ in range(int(count)):
            if not _is_node(rest, window):
                return 0
            nodes += 1
        stages += 1
    return nodes if stages >= _STAGES else 0


def _is_node(rest: Iterator[float], window: list[float]) -> bool:
    is_tilted, rectangles = next(rest, -1.0), next(rest, 0.0)
    if is_tilted not in {0.0, 1.0} or rectangles not in {1.0, 2.0, 3.0}:
        return False
    for _ in range(int(rectangles)):
        place = list(islice(rest, 5))
        if len(place) < 5 or any(not 0 <= each <= max(window) or each != int(each) for each in place[:4]):
            return False
    return len(list(islice(rest, 3))) == 3
