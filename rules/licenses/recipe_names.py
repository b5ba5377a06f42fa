"""Names that the recipes of packages give to licences: `asl2.0` of Guix, `bsd3` of Nix, `GPLv2+` of Fedora."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from rules.licenses.normalise import STATEMENT_LIMIT, normalise
from rules.licenses.tables import recipe_tables

_GROUPS = re.compile(r",\s*(and|or)\s+", re.IGNORECASE)
"""The comma of Debian's format, which separates what `and` and `or` bind: `A or B, and C`."""
_PARTS = re.compile(r"(\(|\)|\s(?:and|or)\s)", re.IGNORECASE)
_WITH = re.compile(r"(?P<license>[^\s(),]{1,80}(?: [^\s(),]{1,80}){0,3}) with (?:[\w.,/+-]{1,40} ){0,5}exceptions?")
_NO_EXCEPTION = re.compile(r"commons|clause|restriction", re.IGNORECASE)
"""Words of what is called an exception and takes permissions away."""


@functools.cache
def recipe_names(system: str) -> Mapping[str, str]:
    """SPDX expressions by the names of a system of packages: `guix`, `nix`, `debian`, `fedora`, `conda`."""
    return recipe_tables()[system]


def in_spdx(statement: str, system: str) -> str:
    """What a recipe states, as an SPDX expression; unchanged where a part of it is not known.

    An exception that SPDX does not list is left out: it only adds permissions.
    """
    text = " ".join(statement.split())
    if len(text) > STATEMENT_LIMIT:
        return statement
    names = _lowered(system)
    if (whole := names.get(text.lower())) is not None:
        return whole
    if normalise(text).expression is not None:
        return statement
    groups = _GROUPS.split(text)
    parts = [
        f" {part.upper()} " if index % 2 else _grouped(_translated(part, names), alone=len(groups) == 1)
        for index, part in enumerate(groups)
    ]
    return normalise("".join(parts)).expression or statement


@functools.cache
def _lowered(system: str) -> Mapping[str, str]:
    return {name.lower(): expression for name, expression in recipe_names(system).items()}


def _translated(text: str, names: Mapping[str, str]) -> str:
    """The same with every licence that is known by its identifier."""
    parts = _PARTS.split(text)
    if len(parts) == 1:
        return _identifier(text.strip(), names)
    return "".join(
        part.upper() if index % 2 else _grouped(_identifier(part.strip(), names)) for index, part in enumerate(parts)
    )


def _identifier(text: str, names: Mapping[str, str]) -> str:
    """One licence, with or without an exception."""
    known = names.get(text.lower()) or normalise(text).expression
    if known is not None or not text:
        return known or ""
    found = _WITH.fullmatch(text)
    if found is None or _NO_EXCEPTION.search(text, found.end("license")):
        return text
    return names.get(found["license"].lower()) or normalise(found["license"]).expression or text


def _grouped(expression: str, *, alone: bool = False) -> str:
    return expression if alone or " " not in expression else f"({expression})"
