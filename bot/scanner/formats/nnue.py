"""Networks of Stockfish and the engines that follow it (NNUE): version, hash, a description, then the layers.

The name of an official network begins with the first twelve hexadecimal digits of its own SHA-256.

Source: src/nnue/nnue_common.h and read_header in evaluate_nnue.cpp of Stockfish (0x7AF32F16 since version 12,
0x7AF32F20 since 14, 0x6A448AFA in 2026); the packing "COMPRESSED_LEB128" of nnue_common.h.
"""

from __future__ import annotations

import posixpath
import re

from bot.scanner.readers import BoundedReader
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "NNUE (network of a chess engine)"
SUFFIXES = (".nnue",)
MARK = rb"[\x16\x17\x20]\x2f\xf3\x7a|\xfa\x8a\x44\x6a"
LEAST = 64

DESCRIPTION_LIMIT = 4096
"""Bytes of the longest description that is believed; real ones have some hundred."""
_PACKED = b"COMPRESSED_LEB128"
_OFFICIAL = re.compile(r"^nn-([0-9a-f]{12})\.nnue$")
_LAYER = re.compile(r"\[(\d{1,7})<-(\d{1,7})\]")
_FEATURES = re.compile(r"\[(\d{1,7})->(\d{1,7})(?:x\d)?\]")


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A network; None for everything else."""
    head = blob.head
    length = int.from_bytes(head[8:12], "little")
    if len(head) < 16 or length > DESCRIPTION_LIMIT:
        return None
    raw = head[12 : 12 + length]
    text = raw.rstrip(b"\0").decode("utf-8", "replace")
    if len(raw) == length and not all(letter.isprintable() or letter.isspace() for letter in text):
        return None
    layers = blob.size - 12 - length
    packed = head[12 + length + 4 :].startswith(_PACKED)
    metadata = {"version": f"0x{int.from_bytes(head[:4], 'little'):08X}"}
    if text.strip():
        metadata["description"] = decoded(raw.rstrip(b"\0"))
    if packed:
        metadata["packing"] = "LEB128"
    if match := _OFFICIAL.match(posixpath.basename(path)):
        metadata["sha256_prefix"] = match.group(1)
    return Detection(
        format="nnue",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if layers > 8 and (packed or text.strip()) else Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers and a text only",)),
        parameters=_parameters(text, layers),
        metadata=metadata,
        remarks=("It ends within its header.",) if layers < 8 else (),
    )


def _parameters(text: str, size: int) -> int | None:
    """Numbers of the layers, where the description spells them out as networks before Stockfish 14 do."""
    features = [(int(inputs), int(outputs)) for inputs, outputs in _FEATURES.findall(text)]
    layers = [(int(inputs), int(outputs)) for outputs, inputs in _LAYER.findall(text)]
    if len(features) != 1 or not layers:
        return None
    count = sum((inputs + 1) * outputs for inputs, outputs in (*features, *layers))
    # Two bytes for each number of the first layer, one for each of the others and four for a bias.
    return count if count <= size <= 4 * count else None
