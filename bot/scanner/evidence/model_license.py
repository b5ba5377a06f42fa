"""LICENSE-MODEL, MODEL_LICENSE, LICENSE.weights: texts whose names say that they are the model's, not the code's.

The nearest directory that has any counts, the root too: beside a LICENSE for the code, such a text is how a repository
says under what its weights come.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.scanner.evidence._files import directories_above, licence_text
from bot.scanner.evidence._licence_names import licence_files
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """The model's texts of the nearest directory that has any."""
    for directory in directories_above(path):
        entries = [entry for entry in licence_files(directory, tree).of_model if entry.path != path]
        texts = [licence_text(entry, tree, EvidenceKind.MODEL_LICENSE) for entry in entries]
        if found := [text for text in texts if text is not None]:
            return found
    return []
