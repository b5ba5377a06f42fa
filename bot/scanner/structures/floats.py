"""Whether bytes without a structure are modest floats of both signs, hardly repeated, as trained numbers are.

It asks little, for formats that have a tag or a name besides; `spread.py` asks more, where nothing else speaks.
"""

from __future__ import annotations

import math
import struct

from bot.scanner.readers import BoundedReader

_WINDOW = 4096
"""Bytes of each of the stretches that are looked at."""
_WINDOWS = 4
_LARGEST = 1e5
"""Trained numbers beyond it are unknown; statistics of batch normalisation come close."""
_SMALLEST = 1e-20
"""Below it there are numbers that decayed to nothing; integers read as floats are there too."""
_ODD_SHARE = 0.02
"""Share of numbers outside the range that is borne."""
_ZERO_SHARE = 0.5
_DISTINCT_SHARE = 0.3


def are_modest_floats(raw: bytes, code: str = "f") -> bool:
    """True where little-endian floats (`f` of four bytes, `e` of two) have the spread of trained numbers."""
    width = struct.calcsize(f"<{code}")
    count = len(raw) // width
    if count < 4:
        return False
    numbers = struct.unpack(f"<{count}{code}", raw[: count * width])
    others = [number for number in numbers if number != 0]
    if len(others) < (1 - _ZERO_SHARE) * count:
        return False
    odd = sum(not math.isfinite(number) or not _SMALLEST < abs(number) < _LARGEST for number in others)
    if odd > _ODD_SHARE * count:
        return False
    below = sum(number < 0 for number in others)
    return len(set(others)) >= _DISTINCT_SHARE * count and (count < 64 or 0 < below < len(others))


def file_has_modest_floats(blob: BoundedReader, begin: int) -> bool:
    """True where stretches all over the file, from `begin` on, look so as floats of four bytes.

    The first stretch may be the numbers of a normalisation, which are of one sign: most of the others must agree.
    """
    room = blob.size - begin
    if room < 64:
        return False
    step = max(_WINDOW, (room - _WINDOW) // (_WINDOWS - 1) // 4 * 4)
    places = sorted({min(begin + number * step, begin + max(0, room - _WINDOW) // 4 * 4) for number in range(_WINDOWS)})
    agreeing = sum(are_modest_floats(blob.read(place, _WINDOW)) for place in places)
    return agreeing >= max(1, (3 * len(places)) // 4)
