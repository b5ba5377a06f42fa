"""Ascend (`.om`): a network compiled for Huawei's NPUs: a header, a table of partitions, and these.

Source: inc/common/types of the Ascend graph engine (ModelFileHeader, ModelPartitionTable), as Netron reads it too
(source/om.js): `IMOD`, the header's length of 256, version, checksum, length, and at the header's end the partitions.
"""

from __future__ import annotations

import struct

from bot.scanner.formats._marks import begins_with
from bot.scanner.readers import BoundedReader
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Ascend offline model"
SUFFIXES = ()
MARK = rb"IMOD.{2}\0\0"
LEAST = 268

_HEAD_LIMIT = 4096
_PARTITIONS = 32
_NAME = slice(84, 116)
_ENCRYPTED = 80


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A compiled network whose partitions lie within the file; None for everything else."""
    if not begins_with(MARK, blob, LEAST):
        return None
    head = blob.head
    length = int.from_bytes(head[4:8], "little")
    name, _, rest = head[_NAME].partition(b"\0")
    if not 128 <= length <= _HEAD_LIMIT or rest.strip(b"\0") or not name.decode("utf-8", "replace").isprintable():
        return None
    encrypted = head[_ENCRYPTED] == 1
    unknown = LoadingVerdict(LoadingSafety.UNKNOWN, ("it is encrypted",))
    device = LoadingVerdict(LoadingSafety.UNKNOWN, ("it may carry kernels for the host's processor",))
    whole = _partitions(head[length:], 4, blob.size) or _partitions(head[length:], 8, blob.size)
    return Detection(
        format="ascend-om",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if whole else Confidence.PROBABLE,
        loading=unknown if encrypted else device,
        metadata={"name": decoded(name)} if name else {},
        remarks=() if whole else ("Its table of partitions could not be read, or it is cut off.",),
    )


def _partitions(table: bytes, width: int, size: int) -> bool:
    """True where a count, and then kinds, offsets and lengths of numbers of this width make sense together."""
    if len(table) < 8:
        return False
    count = int.from_bytes(table[:4], "little")
    if not 0 < count <= _PARTITIONS or len(table) < width + 3 * count * width:
        return False
    numbers = struct.unpack_from(f"<{3 * count}{'I' if width == 4 else 'Q'}", table, width)
    kinds, offsets, lengths = numbers[::3], numbers[1::3], numbers[2::3]
    parts = zip(kinds, offsets, lengths, strict=True)
    return len(set(kinds)) == count and all(kind < 32 and begin + part <= size for kind, begin, part in parts)
