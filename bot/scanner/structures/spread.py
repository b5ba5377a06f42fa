"""Whether numbers are spread as those of a trained network are, and not as tables of other kinds."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

_ENOUGH = 64
_LAGS = (1, 2, 3)


def looks_trained(values: Sequence[float]) -> bool:
    """True for numbers around zero of both signs, in no order, few of them alike.

    Sines, windows and ramps follow their neighbours; filters read the same backwards; fonts, pictures, permutations and
    checksums know no sign; colours and coordinates are not around zero.
    """
    if len(values) < _ENOUGH:
        return False
    values = values[:4096]
    count = len(values)
    zeros = sum(value == 0 for value in values)
    below = sum(value < 0 for value in values)
    if zeros * 2 > count or not 0.2 < below / (count - zeros) < 0.8:
        return False
    if len(set(values)) < min(24, count // 4) or list(values) == list(reversed(values)):
        return False
    mean, deviation = statistics.fmean(values), statistics.pstdev(values)
    if not 0 < deviation < 1e6 or abs(mean) > 0.7 * deviation:
        return False
    beyond = sum(abs(value - mean) > 6 * deviation for value in values)
    return beyond * 50 < count and all(abs(_correlation(values, lag, mean, deviation)) < 0.5 for lag in _LAGS)


def _correlation(values: Sequence[float], lag: int, mean: float, deviation: float) -> float:
    products = ((first - mean) * (second - mean) for first, second in zip(values, values[lag:], strict=False))
    return sum(products) / (len(values) - lag) / deviation**2
