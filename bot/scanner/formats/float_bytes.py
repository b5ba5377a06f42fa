"""Bytes without any structure that are spread as the numbers of a network are: a shard, a dump of memory.

Source: IEEE 754 for where sign, exponent and fraction lie; the naming of shards is that of TensorFlow.js
(tfjs-converter, write_weights.py). Statistics never prove anything: such a file is possible, no more, but where its
name is that of a shard as well.
"""

from __future__ import annotations

import math
import re
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bot.scanner.readers import BoundedReader
from bot.scanner.structures.spread import looks_trained
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Numbers without structure"
SUFFIXES: tuple[str, ...] = ()
MARK = (
    rb"(?!\x89PNG|\xff\xd8\xff|GIF8|RIFF|OggS|fLaC|ID3|\x7fELF|MZ|PK|\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|glTF|wOF|"
    rb"\0\x01\0\0\0|OTTO|%PDF|\x89HDF|CDF|SQLite|II\*|MM\0\*|\0asm|!<arch>|\xca\xfe\xba\xbe|\xcf\xfa\xed\xfe|GRIB|\x93NUMPY|PAR1"
    rb"|.{4}ftyp|BM.{4}\0\0\0\0|7z\xbc\xaf|Rar!|\xd0\xcf\x11\xe0|ARROW1)"
    rb".{0,15}?[\x00-\x08\x0e-\x1f\x7f-\xff]"
)
NAMES = r"group\d+-shard\d+of\d+"
LEAST = 64 * 1024

_WINDOWS = 8
_WINDOW = 4096
_SHARD = re.compile(r"group\d+-shard\d+of\d+")
_AGREEING = 0.75
"""Share of the windows that must look so."""
_TYPICAL = bytes([*range(0x39, 0x41), *range(0xB9, 0xC1)])
"""First bytes of a float32 or bfloat16 between 0.0001 and 8, of both signs."""
_HALF = bytes([*range(0x0C, 0x46), *range(0x8C, 0xC6)])
"""First bytes of a float16 of that size."""


@dataclass(frozen=True)
class _Kind:
    """How numbers of one type are told from noise."""

    name: str
    width: int
    looks_so: Callable[[bytes], bool]


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """Possible where the bytes are spread so; probable where the name is a shard's as well."""
    name = path.rpartition("/")[2].lower()
    is_shard = _SHARD.search(name) is not None
    first = blob.head[-_WINDOW:] if len(blob.head) % 8 == 0 else blob.head[-_WINDOW - len(blob.head) % 8 :][:_WINDOW]
    kind = next((kind for kind in _KINDS if kind.looks_so(first)), None)
    if kind is None and not (is_shard and _looks_quantised(first)):
        return None
    kind = kind or _QUANTISED
    windows = [first, *_further(blob)]
    share = sum(kind.looks_so(window) for window in windows) / len(windows)
    if share < _AGREEING:
        return None
    return Detection(
        format="float-bytes",
        title=TITLE if not is_shard else "TensorFlow.js shard",
        is_weight=True,
        confidence=Confidence.PROBABLE if is_shard else Confidence.POSSIBLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("numbers only",)),
        parameters=blob.size // kind.width,
        metadata={"dtypes": kind.name},
        remarks=(_remark(share, kind, first, blob.size),),
    )


def _remark(share: float, kind: _Kind, sample: bytes, size: int) -> str:
    planes = ", ".join(f"{_entropy(sample[plane :: kind.width]):.1f}" for plane in range(kind.width))
    return (
        f"It has no structure that is known here: in {share:.0%} of its samples the bytes are spread as {kind.name}"
        f" numbers of a network are (entropy of the byte planes {planes} bits, {size:,} bytes)."
    )


def _further(blob: BoundedReader) -> list[bytes]:
    step = max(8, (blob.size - len(blob.head)) // _WINDOWS // 8 * 8)
    places = range(len(blob.head) // 8 * 8, max(0, blob.size - _WINDOW), step)
    return [blob.read(place, _WINDOW) for place in places]


def _looks_float32(window: bytes) -> bool:
    if len(window[3::4].translate(None, _TYPICAL)) * 10 > len(window) // 4 or _entropy(window[0::4]) < 6:
        return False
    values = struct.unpack(f"<{len(window) // 4}f", window[: len(window) // 4 * 4])
    return all(map(math.isfinite, values)) and looks_trained(values) and not _are_directions(values)


def _looks_bfloat16(window: bytes) -> bool:
    if len(window[1::2].translate(None, _TYPICAL)) * 10 > len(window) // 2 or _entropy(window[0::2]) < 6.5:
        return False
    wide = b"".join(b"\0\0" + window[place : place + 2] for place in range(0, len(window) // 2 * 2, 2))
    values = struct.unpack(f"<{len(wide) // 4}f", wide)
    return all(map(math.isfinite, values)) and looks_trained(values)


def _looks_float16(window: bytes) -> bool:
    if len(window[1::2].translate(None, _HALF)) * 50 > len(window) // 2 or _entropy(window[0::2]) < 7:
        return False
    values = struct.unpack(f"<{len(window) // 2}e", window[: len(window) // 2 * 2])
    deviation = math.sqrt(sum(value * value for value in values) / max(1, len(values)))
    return all(map(math.isfinite, values)) and looks_trained(values) and deviation < 2


def _looks_quantised(window: bytes) -> bool:
    """One bell: most values near the most frequent one, which is not zero, fewer the farther."""
    entropy = _entropy(window)
    if not 3 < entropy < 7.8:
        return False
    centre = sum(window) / len(window)
    near = sum(abs(byte - centre) < 48 for byte in window)
    return 16 < centre < 240 and near * 10 > len(window) * 8


def _are_directions(values: tuple[float, ...]) -> bool:
    """True where most triples have length one: the normals of a surface."""
    triples = list(zip(values[0::3], values[1::3], values[2::3], strict=False))
    return sum(abs(x * x + y * y + z * z - 1) < 0.01 for x, y, z in triples) * 2 > len(triples)


def _entropy(plane: bytes) -> float:
    total = len(plane)
    return -sum(count / total * math.log2(count / total) for count in Counter(plane).values()) if total else 0.0


_KINDS = (
    _Kind("bfloat16", 2, _looks_bfloat16),  # two of them make a plausible float32
    _Kind("float32", 4, _looks_float32),
    _Kind("float16", 2, _looks_float16),
)
_QUANTISED = _Kind("8-bit", 1, _looks_quantised)
