"""Files that are read from front to back: numbers and stretches of bytes in a row, each held to the file's end."""

from __future__ import annotations

from bot.scanner.readers import BoundedReader
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.pieces import Pieces


class Stream:
    """A place in a file that moves forward, within a cap of bytes that are read.

    Every method raises DamagedError where the file ends too early and BudgetExceededError at the cap.
    """

    def __init__(self, blob: BoundedReader, budget: int, position: int = 0) -> None:
        self._pieces = Pieces(blob, budget)
        self.size = blob.size
        self.position = position

    @property
    def left(self) -> int:
        """Bytes between this place and the file's end."""
        return self.size - self.position

    def raw(self, length: int) -> bytes:
        """The next `length` bytes."""
        begin = self.position
        self.skip(length)
        found = self._pieces.read(begin, length)
        if len(found) < length:
            raise DamagedError
        return found

    def number(self, width: int, *, signed: bool = False) -> int:
        """The next little-endian number of `width` bytes."""
        return int.from_bytes(self.raw(width), "little", signed=signed)

    def numbers(self, count: int, width: int, *, signed: bool = False) -> list[int]:
        """The next `count` little-endian numbers of `width` bytes each."""
        raw = self.raw(count * width)
        return [
            int.from_bytes(raw[place : place + width], "little", signed=signed) for place in range(0, len(raw), width)
        ]

    def skip(self, length: int) -> None:
        """Step over `length` bytes without reading them."""
        if not 0 <= length <= self.left:
            raise DamagedError
        self.position += length
