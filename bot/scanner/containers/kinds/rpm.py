"""RPM packages: a lead, two headers, and a compressed cpio archive.

Source: docs/manual/format_v4.md of RPM.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from bot.scanner.containers.allowance import Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.readers import BoundedReader, UnreadableError
from bot.scanner.structures.part import Part

TITLE = "in an RPM package"
SINGLE = True
MARK = rb"\xed\xab\xee\xdb[\x03\x04]"

_LEAD = 96
_MAGIC = b"\x8e\xad\xe8\x01"


def members(_path: str, blob: BoundedReader, _allowance: Allowance) -> Iterator[Member]:
    """The payload, which is compressed and says so itself."""
    position = _LEAD
    for pads in (True, False):
        header = blob.read(position, 16)
        if header[:4] != _MAGIC or len(header) < 16:
            raise UnreadableError("its headers are damaged")
        entries, data = struct.unpack(">II", header[8:16])
        position += 16 + 16 * entries + data
        position = -(-position // 8) * 8 if pads else position
    payload = Part(blob, position, blob.size)
    yield Member("payload.cpio", lambda: payload)
