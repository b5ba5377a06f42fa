"""Networks as JSON of somebody's own making: `{"weights": [[[...], ...], ...], "biases": [[...], ...]}`.

Nothing defines it. The names of the lists must be those of layers and their lengths must follow from each other.
"""

from __future__ import annotations

import json
import math
import re

from bot.scanner.density import Density, density
from bot.scanner.formats._layers import NamedArray, rated
from bot.scanner.formats._plain import plain_model
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.text import whole_text
from rules.facts import Confidence, Detection

TITLE = "Layers of numbers as JSON"
SUFFIXES: tuple[str, ...] = ()
MARK = rb"(?:\xef\xbb\xbf)?\s{0,16}[{\[]\s{0,64}[{\"\[]"
LEAST = 512

READ_LIMIT = 4 * 1024 * 1024
"""Bytes of the largest text that is parsed."""
_FEWEST = 64
"""Numbers below which it is an example or a filter of pictures."""
_KEY = re.compile(rb'"(?:[\w./-]{0,60}[_./-])?(?:weights?|kernels?|coefs?_?|[Ww]\d{0,3})"\s{0,16}:\s{0,16}\[\s{0,64}\[')
_ARRAYS = 1_000
_DEPTH = 12


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """Probable where matrices and vectors are named and fit like those of layers; None for everything else."""
    if Density.NUMBERS not in density(blob) or blob.size > READ_LIMIT:
        return None
    text, whole = whole_text(blob, READ_LIMIT)
    if not whole or _KEY.search(text) is None:
        return None
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    arrays: list[NamedArray] = []
    _gather(content, "", arrays, 0)
    if rated(arrays) is not Confidence.PROBABLE:
        return None
    parameters = sum(math.prod(array.shape) for array in arrays)
    if parameters < _FEWEST:
        return None
    metadata = {"arrays": ", ".join(f"{array.name} {'x'.join(map(str, array.shape))}" for array in arrays[:6])}
    return plain_model("json-layers", TITLE, metadata, parameters=parameters, confidence=Confidence.PROBABLE)


def _gather(value: object, name: str, arrays: list[NamedArray], depth: int) -> None:
    """Every array of numbers with the keys that lead to it; a list of several arrays gives each a number."""
    if depth > _DEPTH or len(arrays) >= _ARRAYS:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            _gather(inner, f"{name}/{key}" if name else key, arrays, depth + 1)
    elif isinstance(value, list) and value:
        shape = _shape(value)
        if shape is None or len(shape) > 2:
            for number, inner in enumerate(value[:_ARRAYS]):
                _gather(inner, f"{name}.{number}", arrays, depth + 1)
        elif shape:
            arrays.append(NamedArray(name, shape, _is_float(value)))


def _shape(value: list[object]) -> tuple[int, ...] | None:
    """Sides of nested lists of numbers, None where they are not of equal length or hold something else."""
    first = value[0] if value else None
    if isinstance(first, list):
        inner = _shape(first)
        if inner is None or not all(isinstance(row, list) and _shape(row) == inner for row in value):
            return None
        return (len(value), *inner)
    return (len(value),) if value and all(type(item) in {int, float} for item in value) else None


def _is_float(value: list[object]) -> bool:
    return any(_is_float(item) if isinstance(item, list) else isinstance(item, float) for item in value)
