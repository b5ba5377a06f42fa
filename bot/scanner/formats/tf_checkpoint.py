"""TensorFlow checkpoints: an index, which is a sorted table of names, and shards of bare numbers.

Source: tensorflow/core/util/tensor_bundle and tensorflow/core/protobuf/tensor_bundle.proto of TensorFlow; the table
is LevelDB's, whose footer ends with a magic number (table_format.md).
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "TensorFlow checkpoint"
SUFFIXES = ()
MARK = rb"\0\0[\x02-\x3f]\x08"
NAMES = r"\.data-\d{5}-of-\d{5}$"

_FOOTER = (0xDB4775248B80FB57).to_bytes(8, "little")
_SHARD = re.compile(r"\.data-(\d{5})-of-(\d{5})$")
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds names and numbers only",))


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """An index by its table and first entry; a shard by its name alone, for nothing else tells it."""
    if blob.size >= 48 and _begins_as_bundle(blob.head) and blob.read(blob.size - 8, 8) == _FOOTER:
        return Detection(
            "tf-checkpoint",
            "TensorFlow checkpoint (index)",
            is_weight=True,
            confidence=Confidence.CERTAIN,
            loading=_SAFE,
            remarks=("Its numbers are in the shards beside it.",),
        )
    match = _SHARD.search(path)
    if match is None or int(match.group(1)) >= int(match.group(2)) or not _is_binary(blob.head):
        return None
    return Detection(
        "tf-checkpoint",
        "TensorFlow checkpoint (shard)",
        is_weight=True,
        confidence=Confidence.POSSIBLE,
        loading=_SAFE,
        remarks=("Only its name speaks for weights: a shard has no structure of its own.",),
    )


def _begins_as_bundle(head: bytes) -> bool:
    """The first entry of a bundle has an empty key and a BundleHeaderProto: num_shards in field 1."""
    return len(head) > 5 and head[:2] == b"\0\0" and 2 <= head[2] < 64 and head[3] == 0x08


def _is_binary(head: bytes) -> bool:
    return b"\0" in head[:4096]
