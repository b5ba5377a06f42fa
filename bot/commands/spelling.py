"""Which verb somebody meant who mistyped one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LIKENESS = 0.7
"""difflib's ratio, from 0 to 1: `wiave` is 0.8 like `waive`, `have` 0.67. Below it we would guess."""


def nearest(verb: str, known: Iterable[str]) -> str | None:
    """The one known verb that `verb` most likely stands for, or None where nothing is like it."""
    verbs = sorted(known)
    # Comparing takes the product of both lengths, and likeness falls with their difference anyway.
    if not verbs or len(verb) > 2 * max(map(len, verbs)):
        return None
    return next(iter(difflib.get_close_matches(verb.lower(), verbs, n=1, cutoff=_LIKENESS)), None)
