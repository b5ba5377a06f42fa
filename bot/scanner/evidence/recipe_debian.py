"""`debian/copyright` in its machine-readable form: what a Debian package says of the files that it holds."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable
from dataclasses import replace

from bot.scanner.evidence._dep5 import Files, files_paragraph, is_dep5
from bot.scanner.evidence._descriptions import descriptions, stated, weighed
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence
from rules.licenses import normalise
from rules.licenses.recipe_names import in_spdx
from rules.licenses.texts import identify_text

_NAME = re.compile(r"copyright")
_FOLDER = "debian"


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """What the last paragraph that covers the path says. A paragraph for all files weighs no more than a LICENSE."""
    for described in descriptions(path, tree, _NAME, _FOLDER):
        if not is_dep5(described.text):
            continue
        covering = files_paragraph(described.text, posixpath.relpath(path, described.directory or "."))
        if covering is None:
            continue
        statement, digest = _said(covering)
        if statement:
            evidence = stated(EvidenceKind.RECIPE, described.entry, statement, line=covering.line, field="License")
            evidence = replace(evidence, text_digest=digest)
            yield weighed(evidence, described.directory, names_weights=not covering.is_all)


def _said(covering: Files) -> tuple[str, str | None]:
    """The short name, or the licence whose text stands below a name that is known to Debian alone."""
    short = in_spdx(covering.license, "debian") if covering.license else ""
    if short and normalise(short).expression is not None:
        return short, None
    identified = identify_text(covering.text) if covering.text else None
    digest = hashlib.sha256(covering.text.encode()).hexdigest() if identified else None
    return identified or covering.license, digest
