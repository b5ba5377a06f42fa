"""Licence fields inside artifacts, as facts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.scanner.wording import shown
from rules.facts import LicenseStatement

TEXT_LIMIT = 64 * 1024
"""Characters of a statement that are kept: some authors write the licence's whole text; the longest SPDX has 53,000."""
_CONTROL = re.compile(r"[^\S\n ]|[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_MOST = 10


def statements(fields: Iterable[tuple[str, object]]) -> tuple[LicenseStatement, ...]:
    """One statement for each field that says something, lines kept so that a whole text can be recognised."""
    found = []
    for name, value in fields:
        text = _CONTROL.sub(" ", str(value)[:TEXT_LIMIT]).strip() if value is not None else ""
        if text:
            found.append(LicenseStatement(shown(name, 100), text))
    return tuple(found[:_MOST])
