"""`.reuse/dep5`: the way of the REUSE specification to speak for many files at once, until version 3.2."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from bot.scanner.evidence._dep5 import files_paragraph
from bot.scanner.evidence._descriptions import RECIPE_LIMIT, descriptions, stated
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence

_NAME = re.compile(r"dep5")
_FOLDER = ".reuse"
_FIELD = "License"


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """What the last paragraph that covers the path says, of each such file above it."""
    for described in descriptions(path, tree, _NAME, _FOLDER):
        if not described.whole:
            reason = f"{_FOLDER}/dep5 could not be read: it is larger than {RECIPE_LIMIT:,} bytes"
            yield stated(EvidenceKind.SIDECAR, described.entry, reason, line=None, field=_FIELD)
            continue
        covering = files_paragraph(described.text, posixpath.relpath(path, described.directory or "."))
        if covering is not None and covering.license:
            yield stated(EvidenceKind.SIDECAR, described.entry, covering.license, line=covering.line, field=_FIELD)
