"""`license` of CITATION.cff (Citation File Format 1.2), which describes a work for those who cite it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.scanner.evidence._descriptions import RECIPE_LIMIT, descriptions, names_file, stated, weighed
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence
from rules.safe_yaml import Key, Value, YamlError, load

_NAME = re.compile(r"CITATION\.cff", re.IGNORECASE)
_SPEAKS = re.compile(r"^license(-url)?[ \t]*:", re.MULTILINE)


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """The licence of each file. Several licences are a choice (section "license" of the format's guide)."""
    for described in descriptions(path, tree, _NAME):
        spoken = _SPEAKS.search(described.text)
        if spoken is None:
            continue
        try:
            work, lines = load(described.text.encode("utf-8", "replace"), limit=RECIPE_LIMIT)
        except YamlError as error:
            statement, link = f"{described.named} could not be read: {error.message}", None
            line = error.line or described.text.count("\n", 0, spoken.start()) + 1
        else:
            statement, link = _said(work)
            key: Key = ("license",) if ("license",) in lines else ("license-url",)
            line = lines.get(key, 1)
        if statement or link:
            evidence = stated(
                EvidenceKind.MANIFEST, described.entry, statement or "other", line=line, field="license", link=link
            )
            yield weighed(evidence, described.directory, names_weights=names_file(described.text, path))


def _said(work: Value) -> tuple[str, str | None]:
    if not isinstance(work, dict):
        return "", None
    licenses = work.get("license")
    several = licenses if isinstance(licenses, list) else [licenses]
    link = work.get("license-url")
    return " OR ".join(str(one).strip() for one in several if one), str(link).strip() if link else None
