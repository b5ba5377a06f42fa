"""RKNN: a network compiled for Rockchip's NPUs: the device's part, and a description in JSON behind it.

Rockchip publishes no description of the format. Source: what Netron reads of it (source/rknn.js): `RKNN` and eight
bytes each of version and length, then the device's part, its own length of JSON, and JSON; newer tools write a
FlatBuffer with `RKNN` as its identifier, or `RKNX`; encrypted models begin with `CYPTRKNN`.
"""

from __future__ import annotations

import json

from bot.scanner.formats._marks import begins_with
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "RKNN"
SUFFIXES = (".rknn",)
MARK = rb"RKNN\0{4}.{4}\0{4}|.{3}\0RKNN|CYPTRKNN|RKNX.{4}"
LEAST = 32

_JSON_LIMIT = 8 * 1024 * 1024
_EXTRA = 40
"""Bytes that later versions put between lengths and the device's part."""
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("it holds a network for an accelerator, nothing for the host",))
_UNKNOWN = LoadingVerdict(LoadingSafety.UNKNOWN, ("it is encrypted",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A compiled network; None for everything else."""
    if not begins_with(MARK, blob, LEAST):
        return None
    head = blob.head
    if head[:4] == b"RKNN":
        return _container(blob)
    if head[:8] == b"CYPTRKNN":
        return _answer(Confidence.PROBABLE, {}, "It is encrypted: nothing of it could be read.", _UNKNOWN)
    if head[:4] == b"RKNX":
        return _answer(Confidence.PROBABLE, {}, "Only its mark was read.")
    return _flatbuffer(blob)


def _answer(
    confidence: Confidence, metadata: dict[str, str], remark: str | None, loading: LoadingVerdict = _SAFE
) -> Detection:
    return Detection(
        format="rknn",
        title=TITLE,
        is_weight=True,
        confidence=confidence,
        loading=loading,
        metadata=metadata,
        remarks=(remark,) if remark else (),
    )


def _container(blob: BoundedReader) -> Detection | None:
    """Version, length, the device's part, JSON."""
    version = int.from_bytes(blob.head[8:16], "little")
    length = int.from_bytes(blob.head[16:24], "little")
    begin = 24 + length + (_EXTRA if version & 0xFF > 1 and length else 0)
    if begin + 8 > blob.size:
        return _answer(Confidence.PROBABLE, {}, "It is cut off.")
    try:
        size = int.from_bytes(blob.read(begin, 8), "little")
        if begin + 8 + size > blob.size:
            return _answer(Confidence.PROBABLE, {}, "It is cut off, or of a version that is not known here.")
        described = json.loads(blob.read(begin + 8, min(size, _JSON_LIMIT)))
    except BudgetExceededError:
        return _answer(Confidence.PROBABLE, {}, "Its description is larger than what is read here.")
    except (ValueError, RecursionError):
        return _answer(Confidence.PROBABLE, {}, "Its description could not be read.")
    return _answer(Confidence.CERTAIN, _metadata(described), None)


def _metadata(described: object) -> dict[str, str]:
    if not isinstance(described, dict):
        return {}
    chosen: dict[str, str] = {}
    for key, name in (("name", "name"), ("ori_network_platform", "producer"), ("network_platform", "producer"),
                      ("target_platform", "architecture"), ("version", "version")):  # fmt: skip
        value = described.get(key)
        if isinstance(value, list):
            value = ", ".join(str(item) for item in value[:10])
        if isinstance(value, str) and value.strip():
            chosen.setdefault(name, shown(value))
    return chosen


def _flatbuffer(blob: BoundedReader) -> Detection | None:
    """A FlatBuffer of Rockchip: the root's offset fits, and the head names a compiler or a runtime."""
    root = int.from_bytes(blob.head[:4], "little")
    if root % 4 or not 8 <= root <= blob.size - 4:
        return None
    back = int.from_bytes(blob.read(root, 4), "little", signed=True)
    table = root - back
    if not 8 <= table <= blob.size - 4 or table % 2:
        return None
    size = int.from_bytes(blob.read(table, 2), "little")
    return _answer(Confidence.CERTAIN, {}, None) if 4 <= size <= 256 and size % 2 == 0 else None
