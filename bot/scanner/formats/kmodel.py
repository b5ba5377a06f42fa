"""Kendryte (`.kmodel`): a network that nncase compiled for the K210, K510 or K230.

Source: nncase/runtime/model.h of nncase (MODEL_IDENTIFIER, MODEL_VERSION); what follows changed with each version.
"""

from __future__ import annotations

from bot.scanner.formats._marks import begins_with
from bot.scanner.readers import BoundedReader
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Kendryte model"
SUFFIXES = (".kmodel",)
MARK = rb"LDMK[\x04-\x0f]\0\0\0"
LEAST = 64


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A compiled network by its identifier and version."""
    if not begins_with(MARK, blob, LEAST):
        return None
    return Detection(
        format="kmodel",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("it holds a network for a microcontroller's accelerator",)),
        metadata={"version": str(blob.head[4])},
        remarks=("Of its structure only the beginning is known.",),
    )
