"""Universal Binary JSON: values told by one letter, lists that say what they hold and how many, stepped over whole.

Source: ubjson.org, draft 12; lengths are big-endian numbers with a letter of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.scanner.readers import BudgetExceededError
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.stream import Stream

WIDTHS = {b"i": 1, b"U": 1, b"I": 2, b"l": 4, b"L": 8, b"d": 4, b"D": 8, b"C": 1}
"""Bytes of each type of number."""
_WHOLE = {b"i", b"U", b"I", b"l", b"L"}
_WORDS = {b"Z": "null", b"N": "", b"T": "true", b"F": "false"}
_DEPTH_LIMIT = 64
_TEXT_LIMIT = 1000

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """A list of numbers of one type that was stepped over."""

    count: int


@dataclass
class _Level:
    closer: bytes
    left: int | None
    """Values that are still to come, None where a letter ends them."""
    is_object: bool


def values(stream: Stream, limit: int) -> Iterator[tuple[Path, str | Numbers]]:
    """Every scalar and list of numbers with the keys that lead to it, at most `limit` of them and of containers.

    A list adds the key `[]`. Raises DamagedError where the bytes are no value of this kind, BudgetExceededError
    at a cap.
    """
    path: list[str] = []
    levels: list[_Level] = []
    for _ in range(limit):
        if levels and _is_over(stream, levels[-1]):
            levels.pop()
            if not levels:
                return
            path.pop()
            continue
        key = ""
        if levels:
            key = _text(stream) if levels[-1].is_object else "[]"
        letter = stream.raw(1)
        if letter in {b"{", b"["}:
            if len(levels) >= _DEPTH_LIMIT:
                raise DamagedError
            path.extend([key] if levels else [])
            if (numbers := _open(stream, letter, levels)) is not None:
                yield tuple(path), numbers
                levels.append(_Level(b"", 0, is_object=False))
        else:
            if not levels:
                raise DamagedError
            yield (*path, key), _scalar(stream, letter)
    raise BudgetExceededError("it has more values than are read here")


def _open(stream: Stream, letter: bytes, levels: list[_Level]) -> Numbers | None:
    """Begin a container; a list of numbers is stepped over at once."""
    closer = b"}" if letter == b"{" else b"]"
    begin = stream.position
    mark = stream.raw(1)
    kind = None
    if mark == b"$":
        kind, mark = stream.raw(1), stream.raw(1)
        if mark != b"#":
            raise DamagedError
    if mark != b"#":
        stream.position = begin
        levels.append(_Level(closer, None, is_object=letter == b"{"))
        return None
    count = _length(stream)
    if kind is not None:
        if kind not in WIDTHS or letter == b"{":
            raise DamagedError
        stream.skip(count * WIDTHS[kind])
        return Numbers(count)
    levels.append(_Level(closer, count, is_object=letter == b"{"))
    return None


def _is_over(stream: Stream, level: _Level) -> bool:
    """True where the container has ended; takes the letter that ends it."""
    if level.left is not None:
        level.left -= 1
        return level.left < 0
    begin = stream.position
    if stream.raw(1) == level.closer:
        return True
    stream.position = begin
    return False


def _length(stream: Stream) -> int:
    letter = stream.raw(1)
    if letter not in _WHOLE:
        raise DamagedError
    count = int.from_bytes(stream.raw(WIDTHS[letter]), "big", signed=letter != b"U")
    if not 0 <= count <= stream.left:
        raise DamagedError
    return count


def _text(stream: Stream) -> str:
    count = _length(stream)
    text = stream.raw(min(count, _TEXT_LIMIT)).decode("utf-8", "replace")
    stream.skip(max(0, count - _TEXT_LIMIT))
    return text


def _scalar(stream: Stream, letter: bytes) -> str:
    if letter in _WORDS:
        return _WORDS[letter]
    if letter in {b"S", b"H"}:
        return _text(stream)
    if letter not in WIDTHS:
        raise DamagedError
    raw = stream.raw(WIDTHS[letter])
    return str(int.from_bytes(raw, "big", signed=letter != b"U")) if letter in _WHOLE else ""
