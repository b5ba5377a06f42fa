"""What the readers of SPDX documents share."""

from __future__ import annotations

import json

from rules.licenses.texts import TEXT_LIMIT, identify_text

UNSTATED = frozenset({"", "NOASSERTION", "NONE"})
"""Values that state nothing: nobody looked, or nothing was found (SPDX 2.3, clause 8.5)."""

_TEXTS_LIMIT = 32
"""Texts of one document that are compared with known licences; a document has a handful of its own."""


class Texts:
    """Texts of licences that one document carries. Past the first of them, licences go by their names."""

    def __init__(self) -> None:
        self._left = _TEXTS_LIMIT

    def identified(self, text: str) -> str | None:
        """The licence that a text is."""
        if not text or len(text) > TEXT_LIMIT or not self._left:
            return None
        self._left -= 1
        return identify_text(text)


class Lines:
    """Lines of names in the order in which they are written, so that a long list is looked through once.

    A name that is not found as JSON writes it ends the search: lines are a help, and not worth a look at every name.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._line = 1

    def start(self, group: str) -> None:
        """Look from the beginning of a group on."""
        self._position = max(self._text.find(f'"{group}"'), 0)
        self._line = self._text.count("\n", 0, self._position) + 1

    def following(self, name: str) -> int | None:
        """The line of the next place that has the name."""
        found = self._text.find(json.dumps(name, ensure_ascii=False), self._position) if self._position >= 0 else -1
        if found >= 0:
            self._line += self._text.count("\n", self._position, found)
        self._position = found
        return self._line if found >= 0 else None
