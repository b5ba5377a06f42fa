"""LICENSE and COPYING at the root: the licence of the code, which says nothing certain about weights."""

from __future__ import annotations

from collections.abc import Iterable

from bot.scanner.evidence._files import licence_text
from bot.scanner.evidence._licence_names import licence_files
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """Licence texts at the root, but for those that are the model's by name."""
    for entry in licence_files("", tree).of_directory:
        if entry.path == path:
            continue
        text = licence_text(entry, tree, EvidenceKind.REPOSITORY_LICENSE)
        if text is not None:
            yield text
