"""Hailo (`.hef`): a network compiled for Hailo's accelerators. A header, a description, and the device's words.

Source: hailort/libhailort/src/hef/hef_internal.hpp (hef__header_t; its numbers are big-endian), hef.cpp
(validate_hef_header) and hef.proto of HailoRT.
"""

from __future__ import annotations

from bot.scanner.formats._marks import begins_with
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.protobuf import BYTES, VARINT, Wire, WireError
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Hailo executable"
SUFFIXES = (".hef",)
MARK = rb"\x01HEF\0\0\0[\0-\x03]"

_BUDGET = 256 * 1024
_FIELDS = 1000
_HEADERS = {0: 32, 1: 28, 2: 44, 3: 56}
"""Bytes of the header of each version."""
_ARCHITECTURES = {0: "Hailo-8", 1: "Hailo-8P", 2: "Hailo-8R", 3: "Hailo-8L", 4: "Hailo-15M", 103: "Hailo-15H"}


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A compiled network whose parts add up to the file; None for everything else."""
    if not begins_with(MARK, blob):
        return None
    head, version = blob.head, blob.head[7]
    begin = _HEADERS[version]
    if len(head) <= begin:
        return None
    promised = begin + int.from_bytes(head[8:12], "big") + _outside(head, version)
    metadata: dict[str, str] = {}
    groups = _described(Wire(blob, _BUDGET, _FIELDS), begin, min(promised, blob.size), metadata)
    if promised > blob.size:
        remark = "It is cut off."
    elif promised < blob.size:
        remark = "It is longer than its header says."
    elif groups is None:
        remark = "Its description could not be read."
    else:
        remark = None
    return Detection(
        format="hailo",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE if remark else Confidence.CERTAIN,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("it holds a network for an accelerator, nothing for the host",)),
        metadata=metadata,
        remarks=(remark,) if remark else (),
    )


def _outside(head: bytes, version: int) -> int:
    """Bytes that follow the description: the words of the device, and from version 3 on what else is known of them."""
    if version == 0:
        return 0
    if version == 1:
        return int.from_bytes(head[16:24], "big")
    words = int.from_bytes(head[20:28], "big")
    return words if version == 2 else words + int.from_bytes(head[32:40], "big")


def _described(wire: Wire, begin: int, end: int, metadata: dict[str, str]) -> int | None:
    """The number of networks in ProtoHEFHef, None where it is none; what its header tells goes into `metadata`."""
    groups = 0
    try:
        for part in wire.fields(begin, end):
            if part.number == 1 and part.wire == BYTES:
                for item in wire.fields(part.start, part.end):
                    if item.number == 1 and item.wire == VARINT:
                        metadata["architecture"] = _ARCHITECTURES.get(item.value, f"number {item.value % 1000}")
                    elif item.number == 3 and item.wire == BYTES:
                        metadata["producer"] = f"Hailo Dataflow Compiler {decoded(wire.content(item, 200), 60)}"
            elif part.number == 2 and part.wire == BYTES:
                groups += 1
            if part.number > 7:
                break  # from here on there are the words of the device
    except (WireError, BudgetExceededError):
        return groups or None
    return groups or None
