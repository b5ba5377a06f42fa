"""The three ways in which R writes the numbers of its serialization: big-endian, as the machine has them, as text.

Source: src/main/serialize.c of R (OutInteger, OutString, InWord).
"""

from __future__ import annotations

import re
from typing import Protocol

from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.stream import Stream
from bot.scanner.structures.text import whole_text

READ_LIMIT = 16 * 1024 * 1024
"""Bytes that are read of numbers and texts; vectors of numbers are stepped over."""
TEXT_LIMIT = 4 * 1024 * 1024
"""Bytes of the largest file in text that is read."""
_KEPT = 1000
"""Bytes of a text that are kept."""
_MISSING = 0xFFFF_FFFF
_MAGIC = re.compile(rb"(RD[XAB][23]\n)?([XAB]\n)")
_WORD = re.compile(rb"\s*(\S+)")


class Numbers(Protocol):
    """What an item is made of. Every method raises DamagedError where the bytes end too early."""

    def whole(self) -> int:
        """An integer of 32 bits, without its sign."""
        ...

    def length(self) -> int:
        """Bytes of a text; a missing text has none."""
        ...

    def count(self) -> int:
        """Parts of a vector; one that is too long for 32 bits has its length in two more."""
        ...

    def text(self, length: int) -> str:
        """A text of so many bytes."""
        ...

    def skip(self, count: int, width: int) -> None:
        """Step over numbers."""
        ...


def open_numbers(blob: BoundedReader) -> tuple[Numbers, bool]:
    """The numbers behind the first line or lines, and whether the file is a workspace of several variables."""
    match = _MAGIC.match(blob.head)
    if match is None:
        raise DamagedError
    if match[2] == b"A\n":
        content, is_whole = whole_text(blob, TEXT_LIMIT)
        return _Written(content, match.end(), is_whole), match[1] is not None
    return _Binary(blob, match.end(), "big" if match[2] == b"X\n" else "little"), match[1] is not None


def _count(numbers: Numbers) -> int:
    count = numbers.whole()
    return (numbers.whole() << 32) + numbers.whole() if count == _MISSING else count


class _Binary:
    def __init__(self, blob: BoundedReader, position: int, order: str) -> None:
        self._stream = Stream(blob, READ_LIMIT, position)
        self._is_big = order == "big"

    def whole(self) -> int:
        return int.from_bytes(self._stream.raw(4), "big" if self._is_big else "little")

    def length(self) -> int:
        number = self.whole()
        return 0 if number == _MISSING else number

    def count(self) -> int:
        return _count(self)

    def text(self, length: int) -> str:
        raw = self._stream.raw(min(length, _KEPT))
        self._stream.skip(length - len(raw))
        return raw.decode("utf-8", "replace")

    def skip(self, count: int, width: int) -> None:
        self._stream.skip(count * width)


class _Written:
    """Words between blanks; the blanks of a text are escaped."""

    def __init__(self, content: bytes, position: int, is_whole: bool) -> None:
        self._content = content
        self._position = position
        self._is_whole = is_whole

    def whole(self) -> int:
        word = self._word()
        if word == b"NA":
            return 0x8000_0000
        try:
            return int(word[:12]) & 0xFFFF_FFFF
        except ValueError as error:
            raise DamagedError from error

    def length(self) -> int:
        number = self.whole()
        return 0 if number == _MISSING else number

    def count(self) -> int:
        return _count(self)

    def text(self, length: int) -> str:
        return self._word()[:_KEPT].decode("latin-1") if length else ""

    def skip(self, count: int, width: int) -> None:
        for _ in range(2 * count if width == 16 else count):
            self._word()

    def _word(self) -> bytes:
        match = _WORD.match(self._content, self._position)
        if match is None:
            if self._is_whole:
                raise DamagedError
            raise BudgetExceededError("it is longer than what is read here")
        self._position = match.end()
        return match[1]
