"""Circle (`.circle`): the format of Samsung's ONE, a sibling of TensorFlow Lite with other operators.

Source: nnpackage/schema/circle_schema.fbs of ONE; its tables have the fields of TensorFlow Lite's schema.fbs in the
same places, and its identifier is `CIR0`.
"""

from __future__ import annotations

from bot.scanner.formats.tflite import described_as
from bot.scanner.readers import BoundedReader
from rules.facts import Detection

TITLE = "Circle"
SUFFIXES = (".circle",)
MARK = rb".{4}CIR0"


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else."""
    return described_as("circle", TITLE, b"CIR0", blob)
