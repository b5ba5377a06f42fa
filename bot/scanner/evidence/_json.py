"""JSON from strangers: bounded, without repeated keys, and with the lines of what was found in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeAlias

from bot.scanner.evidence._descriptions import Description, line_of

JSON_LIMIT = 4 * 1024 * 1024
"""Bytes of a bill of materials that is read; those of large applications have a few megabytes."""

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"


class UnreadableJsonError(Exception):
    """A document that is not read, with the reason as the end of "could not be read: "."""


def document(described: Description) -> dict[str, Value]:
    """The object that a file holds. Raises UnreadableJsonError; another value than an object is an empty one."""
    if not described.whole:
        raise UnreadableJsonError(f"it is larger than {len(described.text):,} characters")
    try:
        found = json.loads(described.text, object_pairs_hook=_unrepeated)
    except RecursionError as error:
        raise UnreadableJsonError("it nests too deep") from error
    except ValueError as error:
        raise UnreadableJsonError(str(error)) from error
    return found if isinstance(found, dict) else {}


def _unrepeated(pairs: Iterable[tuple[str, Value]]) -> dict[str, Value]:
    mapping: dict[str, Value] = {}
    for key, value in pairs:
        if key in mapping:
            raise UnreadableJsonError(f"the key {key[:40]!r} is written twice")
        mapping[key] = value
    return mapping


def objects(value: Value) -> list[dict[str, Value]]:
    """The objects of a list, or the one that stands in place of it."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def words(value: Value) -> str:
    """A text; empty for anything else."""
    return value.strip() if isinstance(value, str) else ""


def line_near(text: str, anchor: str, *wanted: str) -> int | None:
    """The line of the first of the wanted texts that stands after the anchor, or else of the anchor itself.

    Both are looked for as JSON writes them; None for a file that escapes more than it must.
    """
    start = text.find(json.dumps(anchor, ensure_ascii=False)) if anchor else 0
    if start < 0:
        return None
    for one in wanted:
        position = text.find(json.dumps(one, ensure_ascii=False), start)
        if position >= 0:
            return line_of(text, position)
    return line_of(text, start) if anchor else None
