"""What lies on the stack of a pickle: calls, names outside, and values of which nothing is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot.scanner.pickles.opcodes import Skipped


@dataclass(slots=True)
class Call:
    """A callable with its arguments, as far as they are known, and the state it is given afterwards."""

    function: object
    arguments: tuple[object, ...]
    state: object = None
    items: dict[str, object] | None = None
    """What is put into it under texts, as into an OrderedDict."""


@dataclass(frozen=True)
class Persistent:
    """A reference to something outside the pickle, such as a storage of PyTorch."""

    identity: object


@dataclass(frozen=True)
class Attribute:
    """An attribute of something that was made while loading: a bound method, mostly."""

    owner: object
    name: str


class Items(list[object]):
    """A list of which the first items are kept."""

    def __init__(self, kept: Iterable[object] = (), length: int = 0) -> None:
        super().__init__(kept)
        self.length = length
        """How many items there are, those that were not kept too."""


class Mark:
    """A place on the stack, or a row of them."""

    def __init__(self, count: int) -> None:
        self.count = count


class Opaque:
    """A value that is not known."""


class Constant:
    """A value that is of no interest: None, a truth value, a number with a fraction."""


OPAQUE, CONSTANT = Opaque(), Constant()
DATA = (Constant, Mark, bool, int, str, bytes, tuple, list, dict, Skipped)
"""What is no callable; sets are kept as dictionaries."""


def shape_of(value: object) -> tuple[int, ...] | None:
    """A tuple of counts, None where the value is none."""
    if isinstance(value, tuple) and len(value) <= 32 and all(_is_count(item) for item in value):
        return tuple(int(item) for item in value if isinstance(item, int))
    return None


def _is_count(item: Any) -> bool:
    return isinstance(item, int) and 0 <= item < 2**48


def length_of(value: object) -> int | None:
    """Bytes of a byte or text string, kept or passed over."""
    if isinstance(value, Skipped):
        return value.length
    return len(value) if isinstance(value, bytes | str) else None
