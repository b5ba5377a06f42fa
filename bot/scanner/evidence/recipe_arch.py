"""`license=()` of a PKGBUILD, the recipe of a package for Arch Linux (PKGBUILD(5))."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterable

from bot.scanner.evidence._descriptions import STATEMENTS_LIMIT, descriptions, line_of, names_file, stated, weighed
from bot.scanner.evidence.sidecar import together
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence

_NAME = re.compile(r"PKGBUILD")
_LICENSE = re.compile(r"^[ \t]*license=(?:\((?P<several>[^()]{0,1000})\)|(?P<one>[^\s()]{1,300}))", re.MULTILINE)
_CUSTOM = "custom:"
"""Before the name of a licence that the distribution does not ship."""


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """Each array of licences, those of split packages too. The licences of one array hold together."""
    for described in descriptions(path, tree, _NAME):
        text = described.text
        names_weights = names_file(text, path)
        for found in itertools.islice(_LICENSE.finditer(text), STATEMENTS_LIMIT):
            words = _words(found["several"] or found["one"] or "")
            if words:
                evidence = stated(
                    EvidenceKind.RECIPE,
                    described.entry,
                    together(word.removeprefix(_CUSTOM) or word for word in words),
                    line=line_of(text, found.start()),
                    field="license",
                )
                yield weighed(evidence, described.directory, names_weights=names_weights)


def _words(array: str) -> list[str]:
    try:
        return shlex.split(array, comments=True)
    except ValueError:
        return array.split()
