"""`license` of codemeta.json (CodeMeta 2 and 3), which describes a work in the words of schema.org."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator

from bot.scanner.evidence._descriptions import Description, descriptions, names_file, stated, weighed
from bot.scanner.evidence._json import UnreadableJsonError, Value, document, line_near, words
from bot.scanner.evidence.sidecar import together
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence

_NAME = re.compile(r"codemeta\.json", re.IGNORECASE)
_KEY = "license"


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """The licence of each file. CodeMeta does not say what several mean, so all of them are taken to hold."""
    for described in descriptions(path, tree, _NAME):
        statement, line = _statement(described)
        if statement:
            evidence = stated(EvidenceKind.MANIFEST, described.entry, statement, line=line, field=_KEY)
            yield weighed(evidence, described.directory, names_weights=names_file(described.text, path))


@functools.lru_cache(maxsize=32)
def _statement(described: Description) -> tuple[str, int | None]:
    if f'"{_KEY}"' not in described.text:
        return "", None
    try:
        statements = list(_said(document(described).get(_KEY)))
    except UnreadableJsonError as error:
        statements = [f"{described.named} could not be read: {error}"]
    line = line_near(described.text, _KEY, *statements)
    return (together(statements) if statements else ""), line


def _said(value: Value) -> Iterator[str]:
    """Addresses and names of licences; an object is a CreativeWork."""
    if isinstance(value, list):
        for item in value:
            yield from _said(item) if not isinstance(item, list) else ()
    elif isinstance(value, dict):
        named = (words(value.get(key)) for key in ("@id", "identifier", "url", "name"))
        yield next((one for one in named if one), "other")
    elif words(value):
        yield words(value)
