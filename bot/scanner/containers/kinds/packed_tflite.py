"""Assets put one behind the other without a directory, as MediaPipe packs them for the web: labels, then models.

Source: tools/file_packager.py of Emscripten, which keeps the names and places in a script beside the data. So the mark
of TensorFlow Lite is looked for: `TFL3` four bytes behind the place of the model, whose root offset is small.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from bot.scanner.containers.allowance import Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.containers.kinds._parts import part
from bot.scanner.readers import BoundedReader

TITLE = "packed assets"
SINGLE = False
MARK = rb"[^\0]{1,256}?[\x08-\x60]\0\0\0TFL3"
LEAST = 4096

_MODEL = re.compile(rb"[\x08-\x60]\0\0\0TFL3", re.DOTALL)
_STEP = 1024 * 1024
_MODELS = 64


def members(_path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
    """The models, each as long as what follows it."""
    places = list(_places(blob))
    for number, (start, end) in enumerate(zip(places, [*places[1:], blob.size], strict=True), 1):
        yield Member(f"{number}.tflite", functools.partial(part, blob, start, end - start, allowance))


def _places(blob: BoundedReader) -> Iterator[int]:
    found, position = 0, 0
    tail = b""
    for piece in blob.chunks(0, blob.size, _STEP):
        for match in _MODEL.finditer(tail + piece):
            found += 1
            if found > _MODELS:
                return
            yield position - len(tail) + match.start()
        position += len(piece)
        tail = piece[-7:] if not _MODEL.search(piece[-7:]) else b""
