"""Names of licences as people write them: folded to a key that leaves out case, punctuation and filler words."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping

from rules.licenses.catalogue import catalogue
from rules.licenses.license import License
from rules.licenses.tables import families, license_rows

_FILLERS = frozenset({"the", "license", "licence", "version", "v", "agreement"})
_GNU = {"": "gpl", "affero": "agpl", "lesser": "lgpl", "library": "lgpl"}
_PHRASES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\bcreative commons\b"), "cc"),
    (re.compile(r"\bnon[\s-]*commercial\b"), "nc"),
    (re.compile(r"\bshare[\s-]*alike\b"), "sa"),
    (re.compile(r"\bno[\s-]*deriv(ative)?s?( works)?\b"), "nd"),
    (re.compile(r"\bgnu (affero|lesser|library)? ?general public licen[sc]e\b"), lambda match: _GNU[match[1] or ""]),
)
_CC_ONLY = {"attribution": "by", "international": "", "unported": "", "generic": ""}
"""Words that say nothing more in the name of a Creative Commons licence, and may elsewhere."""
_TOKEN = re.compile(r"[a-z]+|\d+(?:\.\d+)*[a-z]?\+*|\++|[^\W\d_]+|[\u2190-\u2bff\U0001f000-\U0001faff]")
"""Words of other scripts and pictures count: they may take back what the name gives, as `MIT 不可商用` does."""


def fold(text: str) -> str:
    """The key of a name: `Apache License, Version 2.0` and `apache-2` have the same one."""
    lowered = text.lower()
    for pattern, short in _PHRASES:
        lowered = pattern.sub(short, lowered)
    words = [word for word in _TOKEN.findall(lowered) if word not in _FILLERS]
    if words[:1] == ["cc"]:
        words = [shown for word in words if (shown := _CC_ONLY.get(word, word))]
    if words[:1] == ["gnu"] and len(words) > 1:
        words = words[1:]
    words = [f"{word}.0" if word.isdigit() else re.sub(r"^(\d+)\+", r"\1.0+", word) for word in words]
    return " ".join(word for word, before in zip(words, ["", *words], strict=False) if word != before)


@functools.cache
def names() -> Mapping[str, License]:
    """Licences by folded identifier and by folded name, where the name belongs to one licence only."""
    known = catalogue().by_spdx_id
    exact = {name.lower() for row in license_rows() for name in row.exact}
    written = {
        word: license_
        for word, license_ in known.items()
        if not license_.id.startswith("LicenseRef-scancode-") and word not in exact
    }
    found: dict[str, License] = {}
    shared: set[str] = set()
    for text, license_ in [*written.items(), *((license_.name, license_) for license_ in written.values())]:
        key = fold(text)
        if found.setdefault(key, license_).id != license_.id:
            shared.add(key)
    chosen = {
        fold(name): known[row.id.lower()]
        for row in license_rows()
        for name in (*row.hub, *row.names, *([row.name] if row.name else []))
    }
    unclear = {"", *shared, *family_spellings()}
    return {key: license_ for key, license_ in found.items() if key not in unclear} | chosen


@functools.cache
def family_spellings() -> Mapping[str, str]:
    """Families by their folded spellings."""
    return {fold(spelling): family.id for family in families() for spelling in (family.id, *family.spellings)}
