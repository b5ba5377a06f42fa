"""The beginning of a JSON text as keys and values, the end of which may be missing.

Source: RFC 8259; NaN and Infinity as Python and RapidJSON write them are taken too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

DEPTH_LIMIT = 64
"""Objects and lists within each other that are followed."""
_TOKEN = re.compile(
    rb'\s*(?:(?P<mark>[{}\[\],:])|"(?P<text>[^"\\]*(?:\\.[^"\\]*)*)"'
    rb"|(?P<word>-?\d[\d.eE+-]*|true|false|null|-?NaN|-?Infinity|-?inf|-?nan)(?=[\s,\]}]))",
    re.DOTALL,
)
_KEY_LIMIT = 200
_TEXT_LIMIT = 1000
"""Bytes of a text that are kept."""

Path = tuple[str, ...]


@dataclass
class Leaves:
    """Scalars with the keys that lead to them; a list adds the key `[]`."""

    found: list[tuple[Path, str]] = field(default_factory=list)
    """Texts as they are, numbers and words as they are written."""
    containers: set[Path] = field(default_factory=set)
    """Objects and lists that have begun."""
    is_whole: bool = False
    """True where the outermost value has ended within the bytes, and nothing but blanks follows."""

    def value(self, *path: str) -> str | None:
        """The first scalar at a path."""
        return next((value for place, value in self.found if place == path), None)

    def values(self, *path: str) -> list[str]:
        """Every scalar at a path, as lists have them."""
        return [value for place, value in self.found if place == path]


def leaves(raw: bytes) -> Leaves:
    """Follow a JSON text as far as the bytes go."""
    walk = _Walk()
    position = 0
    while match := _TOKEN.match(raw, position):
        position = match.end()
        if match["mark"] is None:
            text = _plain(match["text"]) if match["text"] is not None else match["word"].decode("ascii")
            goes_on = walk.scalar(text, is_text=match["text"] is not None)
        else:
            goes_on = walk.mark(match["mark"])
        if not goes_on:
            break
    if walk.has_ended:
        walk.result.is_whole = not raw[position:].strip(b" \t\r\n\0")
    return walk.result


class _Walk:
    """Where in the text we are. Each step is False where the walk ends: at the outermost end or at nonsense."""

    def __init__(self) -> None:
        self.result = Leaves()
        self.has_ended = False
        self._path: list[str] = []
        self._closers: list[bytes] = []
        self._key: str | None = None
        self._expects_value = True

    def mark(self, mark: bytes) -> bool:
        if mark in {b"{", b"["}:
            return self._open(mark)
        if not self._closers:
            return False
        if mark in {b"}", b"]"}:
            return self._close(mark)
        in_object = self._closers[-1] == b"}"
        if mark == b",":
            self._key, self._expects_value = None, not in_object
            return True
        self._expects_value = True
        return self._key is not None and in_object

    def scalar(self, text: str, *, is_text: bool) -> bool:
        if not self._closers:
            return False
        if self._expects_value:
            self.result.found.append(((*self._path, self._key or "[]"), text))
            self._expects_value = False
            return True
        if is_text and self._key is None and self._closers[-1] == b"}":
            self._key = text[:_KEY_LIMIT]
            return True
        return False

    def _open(self, mark: bytes) -> bool:
        if not self._expects_value or len(self._closers) >= DEPTH_LIMIT:
            return False
        if self._closers:
            self._path.append(self._key or "[]")
        self._key = None
        self.result.containers.add(tuple(self._path))
        self._closers.append(b"}" if mark == b"{" else b"]")
        self._expects_value = mark == b"["
        return True

    def _close(self, mark: bytes) -> bool:
        if self._closers.pop() != mark:
            return False
        self._expects_value = False
        if not self._closers:
            self.has_ended = True
            return False
        self._path.pop()
        self._key = ""
        return True


def _plain(raw: bytes) -> str:
    return raw[:_TEXT_LIMIT].decode("utf-8", "replace")
