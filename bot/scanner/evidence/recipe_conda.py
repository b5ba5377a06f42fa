"""`about: license:` of a conda recipe: meta.yaml of conda-build, recipe.yaml of rattler-build.

Read line by line: the first is a template of Jinja, which is YAML only after it was filled in.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator

from bot.scanner.evidence._descriptions import STATEMENTS_LIMIT, descriptions, names_file, stated, weighed
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence

_NAME = re.compile(r"(meta|recipe)\.ya?ml")
_KEY = re.compile(r"^(?P<indent>[ ]*)(?:- )?(?P<key>[A-Za-z_]+)[ ]*:(?:[ \t]+(?P<value>\S.*))?$")
_COMMENT = re.compile(r"(^|[ \t])#.*")
_FOLDED = frozenset({">", "|", ">-", "|-", ">+", "|+"})


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """The licence of every `about` section of a recipe."""
    for described in descriptions(path, tree, _NAME):
        text = described.text
        names_weights = names_file(text, path)
        for line, statement in itertools.islice(_licenses(text), STATEMENTS_LIMIT):
            evidence = stated(EvidenceKind.RECIPE, described.entry, statement, line=line, field="about.license")
            yield weighed(evidence, described.directory, names_weights=names_weights)


def _licenses(text: str) -> Iterator[tuple[int, str]]:
    """Each `license` directly in an `about` section, with its line."""
    section: int | None = None
    within: int | None = None
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        found = _KEY.match(line[:1000])
        if found is None:
            continue
        indent = len(found["indent"])
        if section is None or indent <= section:
            section, within = (indent, None) if found["key"] == "about" and not found["value"] else (None, None)
            continue
        within = indent if within is None else within
        if found["key"] == "license" and indent == within:
            value = found["value"] or ""
            if value in _FOLDED:
                value = next((later.strip() for later in lines[number : number + 2] if later.strip()), "")
            if statement := _COMMENT.sub("", value).strip().strip("\"'").strip():
                yield number, statement
