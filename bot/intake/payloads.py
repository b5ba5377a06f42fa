"""Reading JSON that a stranger wrote: look a value up by its path and by its kind, or say that it is not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")


class MalformedError(Exception):
    """The payload lacks a value that its event always has. The message names it."""


def lookup(payload: Mapping[str, Any], path: str, kind: type[T]) -> T | None:
    """The value at a dotted path where it is there and of this kind, None otherwise."""
    value: Any = payload
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    if isinstance(value, bool) and kind is not bool:
        return None
    return value if isinstance(value, kind) else None


def required(payload: Mapping[str, Any], path: str, kind: type[T]) -> T:
    """The value at a dotted path. Raises MalformedError where `lookup` finds none."""
    value = lookup(payload, path, kind)
    if value is None:
        raise MalformedError(f"the payload has no {kind.__name__} at {path!r}")
    return value


def texts(payload: Mapping[str, Any], path: str) -> list[str]:
    """The texts of the list at a dotted path; what is none of them is left out."""
    return [value for value in lookup(payload, path, list) or [] if isinstance(value, str)]


def objects(payload: Mapping[str, Any], path: str) -> list[Mapping[str, Any]]:
    """The objects of the list at a dotted path; what is none of them is left out."""
    return [value for value in lookup(payload, path, list) or [] if isinstance(value, Mapping)]
