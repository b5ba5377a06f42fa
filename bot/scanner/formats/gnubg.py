"""GNU Backgammon's evaluation networks, as text or as structures of fixed size.

Source: WEIGHTS_MAGIC_BINARY and WEIGHTS_VERSION_BINARY in eval.h, NeuralNetLoadBinary in lib/neuralnet.c of GNU
Backgammon: two numbers, then for each network its sizes, two slopes, and the weights.
"""

from __future__ import annotations

import struct

from bot.scanner.formats._plain import DAMAGED, plain_model
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.stream import Stream
from rules.facts import Confidence, Detection

TITLE = "GNU Backgammon networks"
SUFFIXES = ()
MARK = rb"GNU Backgammon \d\.\d{1,2}\r?\n|\x69\x30\xec\x43.{3}[\x3d-\x40]"

_NETWORKS = 12
_MAGIC = struct.pack("<f", 472.3782)
_SIDE_LIMIT = 100_000


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """Networks; None for everything else."""
    if blob.head.startswith(b"GNU Backgammon"):
        words = blob.head.split(b"\n", 2)[1].split() if b"\n" in blob.head[:64] else []
        is_network = len(words) >= 5 and all(word.isdigit() for word in words[:3])
        return plain_model("gnubg", TITLE, {"architecture": "networks of two layers"}) if is_network else None
    if not blob.head.startswith(_MAGIC):
        return None
    stream = Stream(blob, 64 * 1024, 8)
    numbers = networks = 0
    remark = None
    try:
        while stream.left and networks < _NETWORKS:
            numbers += _network(stream)
            networks += 1
    except DamagedError:
        remark = DAMAGED
    if not networks:
        return None
    metadata = {"architecture": "networks of two layers", "networks": networks}
    confidence = Confidence.CERTAIN if networks > 1 or not stream.left else Confidence.PROBABLE
    return plain_model("gnubg", TITLE, metadata, parameters=numbers, remark=remark, confidence=confidence)


def _network(stream: Stream) -> int:
    """Step over one network; the count of its numbers."""
    inputs, hidden, outputs, _, slope_hidden, slope_output = struct.unpack("<4I2f", stream.raw(24))
    if not (0 < inputs < _SIDE_LIMIT and 0 < hidden < _SIDE_LIMIT and 0 < outputs < _SIDE_LIMIT):
        raise DamagedError
    if not (0 < slope_hidden < 100 and 0 < slope_output < 100):
        raise DamagedError
    count = int(inputs * hidden + hidden * outputs + hidden + outputs)
    stream.skip(4 * count)
    return count
