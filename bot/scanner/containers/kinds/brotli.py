"""A file compressed with Brotli: it has no mark, so it is refused only where its name promises weights.

Source: RFC 7932.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.scanner.containers.allowance import Allowance
from bot.scanner.containers.kinds import Member
from bot.scanner.containers.kinds._single import without_ending
from bot.scanner.readers import BlobReader, BoundedReader, UnreadableError

TITLE = "compressed with Brotli"
SINGLE = True
MARK = b""
NAMES = r"\.(?:safetensors|gguf|onnx|tflite|pt|pth|pkl|joblib|npz|h5|keras|bin|pb|model)\.br$"


def members(path: str, _blob: BoundedReader, _allowance: Allowance) -> Iterator[Member]:
    """A member that cannot be opened."""

    def refuse() -> BlobReader:
        raise UnreadableError("Brotli is not unpacked here")

    yield Member(without_ending(path), refuse)
