"""`License:` of a spec file, the recipe of an RPM package. Each package that a spec builds may have its own."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from bot.scanner.evidence._descriptions import STATEMENTS_LIMIT, descriptions, line_of, names_file, stated, weighed
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence

_NAME = re.compile(r".+\.spec")
_LICENSE = re.compile(r"^Licen[sc]e[ \t]*:[ \t]*(?P<license>[^\n]{1,300})", re.MULTILINE | re.IGNORECASE)
_IS_SPEC = re.compile(r"^(Name[ \t]*:|%description\b|%package\b)", re.MULTILINE | re.IGNORECASE)
"""PyInstaller and RSpec have files with the same ending."""


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """The licence of every package that the spec files describe."""
    for described in descriptions(path, tree, _NAME):
        text = described.text
        if _IS_SPEC.search(text) is None:
            continue
        names_weights = names_file(text, path)
        for found in itertools.islice(_LICENSE.finditer(text), STATEMENTS_LIMIT):
            if statement := found["license"].strip():
                line = line_of(text, found.start())
                evidence = stated(EvidenceKind.RECIPE, described.entry, statement, line=line, field="License")
                yield weighed(evidence, described.directory, names_weights=names_weights)
