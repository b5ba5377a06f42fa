"""`license` of CITATION.cff (Citation File Format 1.2), which describes a work for those who cite it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.scanner.evidence._descriptions import RECIPE_LIMIT, descriptions, line_of, names_file, stated, weighed
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence
from rules.safe_yaml import Key, Value, YamlError, load

_NAME = re.compile(r"CITATION\.cff", re.IGNORECASE)
_SPEAKS = re.compile(r"^license(-url)?[ \t]*:", re.MULTILINE)


@dataclass(frozen=True)
class _Statement:
    text: str
    line: int
    link: str | None = None


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """The licence of each file. Several licences are a choice (section "license" of the format's guide)."""
    for described in descriptions(path, tree, _NAME):
        found = _statement(described.text)
        if found is not None:
            evidence = stated(
                EvidenceKind.MANIFEST, described.entry, found.text, line=found.line, field="license", link=found.link
            )
            yield weighed(evidence, described.directory, names_weights=names_file(described.text, path))


@functools.lru_cache(maxsize=32)
def _statement(content: str) -> _Statement | None:
    spoken = _SPEAKS.search(content)
    if spoken is None:
        return None
    try:
        work, lines = load(content.encode("utf-8", "replace"), limit=RECIPE_LIMIT)
    except YamlError as error:
        return _Statement(
            f"CITATION.cff could not be read: {error.message}", error.line or line_of(content, spoken.start())
        )
    text, link = _said(work)
    key: Key = ("license",) if ("license",) in lines else ("license-url",)
    return _Statement(text or "other", lines.get(key, 1), link) if text or link else None


def _said(work: Value) -> tuple[str, str | None]:
    if not isinstance(work, dict):
        return "", None
    licenses = work.get("license")
    several = licenses if isinstance(licenses, list) else [licenses]
    link = work.get("license-url")
    return " OR ".join(str(one).strip() for one in several if one), str(link).strip() if link else None
