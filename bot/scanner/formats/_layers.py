"""What the names and shapes of arrays say about a neural network, where the container itself says nothing.

A layer is a matrix and a vector (of biases, scales, means) as long as one of the matrix's sides; the next layer takes
as many numbers as this one gives. Columns of measurements are named otherwise, and are equally long.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rules.facts import Confidence

_WORD = re.compile(r"[^A-Za-z0-9]+")
_MATRIX = re.compile(r"(weights?|kernels?|coefs?|w)([a-z0-9]{0,2}|\d{3})")
_VECTOR = re.compile(r"(bias(?:es)?|intercepts?|b)([a-z0-9]{0,2}|\d{3})")
_FULL = re.compile(r"(weights?|kernels?)\d*")
"""Whole words for a matrix: a lone `w` may be a wind or a width."""
_LEAF = re.compile(
    r"(weights?|kernels?|embeddings?|embedding_table|gamma|scale|w_?[a-z]{0,2}\d*|wte|wpe|lm_head)(:0|_l\d+|_ih|_hh)?",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(.*?)[._-]?(\d+)")
_NAME_LIMIT, _DEEPEST = 300, 16
"""Characters and words at the end of a name that are compared."""
_NONE: frozenset[int] = frozenset()
_SMALLEST = 4
"""Numbers of the smallest matrix that counts."""
_SIDES = 2
"""Different lengths of sides that a chain of layers has at the least: square matrices of one size chain by chance."""


@dataclass(frozen=True)
class NamedArray:
    """An array as its container names it; folders before the name count."""

    name: str
    shape: tuple[int, ...]
    is_float: bool


def rated(arrays: Sequence[NamedArray]) -> Confidence | None:
    """How sure it is that these arrays are a network's, None where nothing speaks for it; never CERTAIN."""
    floats = [array for array in arrays if array.is_float]
    if not floats or 2 * len(floats) < len(arrays):
        return None
    pairs, full = _named_pairs(floats)
    if pairs > 1 or (full and 4 * pairs >= len(arrays)):
        return Confidence.PROBABLE
    if _nested(floats) >= 4 and 2 * _nested(floats) >= len(floats):
        return Confidence.PROBABLE
    if _is_numbered(arrays) and _is_chain(floats):
        return Confidence.PROBABLE
    if _are_rows_of_layers(arrays, pairs):
        return Confidence.PROBABLE
    return Confidence.POSSIBLE if pairs or _nested(floats) > 1 else None


def _named_pairs(arrays: Sequence[NamedArray]) -> tuple[int, int]:
    """Matrices whose vector is there by name and length, and how many of them are named in whole words."""
    vectors: dict[tuple[str, ...], set[int]] = {}
    for array in arrays:
        length = _length(array.shape)
        for key, _ in _keys(array.name, _VECTOR) if length else ():
            vectors.setdefault(key, set()).add(length)
    pairs = full = 0
    for array in arrays:
        if len(array.shape) < 2 or math.prod(array.shape) < _SMALLEST:
            continue
        for key, word in _keys(array.name, _MATRIX):
            if not vectors.get(key, _NONE).isdisjoint(array.shape):
                pairs += 1
                full += _FULL.fullmatch(word) is not None
                break
    return pairs, full


def _keys(name: str, word: re.Pattern[str]) -> list[tuple[tuple[str, ...], str]]:
    """The name with the word for a matrix or a vector taken out: the same for both of a layer. And the word."""
    parts = [part.lower() for part in _WORD.split(name.removesuffix(":0")[-_NAME_LIMIT:]) if part][-_DEEPEST:]
    found = []
    for index in range(len(parts) - 1, -1, -1):
        if match := word.fullmatch(parts[index]):
            # Recurrent cells name the way (`Wxh`, `Whh`) and the place of the vector (`bh`).
            endings = {match[2], match[2][-1:]} if match[2].isalpha() else {match[2]}
            found += [((*parts[:index], f"*{ending}", *parts[index + 1 :]), parts[index]) for ending in endings]
    return found


def _length(shape: tuple[int, ...]) -> int:
    """Of a vector, also one that is written as a matrix of one row or column, or the gates of a cell; 0 for others."""
    longer = [side for side in shape if side > 1]
    if len(shape) == 2 and shape[0] == 2:  # Keras' GRU has two rows of biases
        return shape[1]
    return (longer or [1])[0] if shape and len(longer) <= 1 else 0


def _nested(arrays: Sequence[NamedArray]) -> int:
    """Matrices named like layers within layers: `layers.0.attention.wq.weight`."""
    count = 0
    for array in arrays:
        parts = [part for part in re.split(r"[./]", array.name) if part]
        count += len(parts) > 1 and len(array.shape) > 1 and _LEAF.fullmatch(parts[-1]) is not None
    return count


def _is_numbered(arrays: Sequence[NamedArray]) -> bool:
    """True for arrays that have numbers for names, in their order: `arr_0`, `arr_1`, ..."""
    matches = [_NUMBERED.fullmatch(array.name) for array in arrays]
    stems = {match[1] for match in matches if match}
    numbers = [int(match[2][:9]) for match in matches if match]
    return None not in matches and len(stems) == 1 and all(first < second for first, second in pairwise(numbers))


def _is_chain(arrays: Sequence[NamedArray]) -> bool:
    """True where layers follow each other: a matrix, its vectors, and a matrix that takes what the last one gives."""
    layers: list[tuple[tuple[int, ...], set[int]]] = []
    stray = paired = 0
    for array in arrays:
        is_gates = _is_gates(array.shape, [shape for shape, _ in layers])
        if sum(side > 1 for side in array.shape) > 1 and not is_gates:
            layers.append((array.shape, set(_outer(array.shape))))
            continue
        length = _length(array.shape)
        if layers and length in layers[-1][1]:
            paired += len(layers[-1][1]) > 1
            layers[-1] = (layers[-1][0], _given(layers[-1][0], length))
        else:
            stray += 1
    if paired < 2 or 4 * stray > len(arrays) or 2 * paired < len(layers):
        return False
    links = [
        _takes(after, given, flat=len(before) > 2 and len(after) == 2)
        for (before, given), (after, _) in pairwise(layers)
    ]
    lengths = {side for shape, _ in layers for side in _outer(shape)}
    return len(lengths) > _SIDES and 2 * sum(links) > len(links)


def _are_rows_of_layers(arrays: Sequence[NamedArray], pairs: int) -> bool:
    """True where every matrix takes exactly what the one before gives, and the names go with it.

    Those of layers' matrices (with a vector of one of them, or in whole words), or numbers where nothing else is there.
    """
    matrices = [array for array in arrays if len(array.shape) > 1 and _length(array.shape) == 0]
    shapes = [array.shape for array in matrices]
    if len(shapes) < 2 or any(len(shape) != 2 for shape in shapes) or not all(array.is_float for array in matrices):
        return False
    follow = all(before[1] == after[0] for before, after in pairwise(shapes))
    follow = follow or all(before[0] == after[1] for before, after in pairwise(shapes))
    lengths = {side for shape in shapes for side in shape}
    if not follow or len(lengths) < 2:
        return False
    words = [_keys(array.name, _MATRIX) for array in matrices]
    if all(words):
        return pairs > 0 or all(any(_FULL.fullmatch(word) for _, word in found) for found in words)
    return len(shapes) > _SIDES and len(matrices) == len(arrays) and len(lengths) > _SIDES and _is_numbered(arrays)


def _given(shape: tuple[int, ...], length: int) -> set[int]:
    """How many numbers a layer gives whose vector has a length: of a recurrent cell, a third or quarter of it."""
    return {length} | {side for side in shape[-2:] if side > 1 and length in {3 * side, 4 * side}}


def _outer(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The sides that may be a layer's input and output: PyTorch and Chainer write them first, TensorFlow last."""
    return (shape[0], shape[1], shape[-2], shape[-1]) if len(shape) > 2 else shape


def _is_gates(shape: tuple[int, ...], before: list[tuple[int, ...]]) -> bool:
    """True for the two rows of biases of Keras' GRU, after its two matrices."""
    return len(shape) == 2 and shape[0] == 2 and len(before) > 1 and before[-1][-1] == before[-2][-1] == shape[1]


def _takes(shape: tuple[int, ...], given: set[int], *, flat: bool) -> bool:
    """True where one side of a matrix is what the layer before gives, or a multiple where an image is made flat."""
    return any(
        side == length or (flat and length > 1 and side > length and side % length == 0)
        for length in given
        for side in _outer(shape)
    )
