"""LICENSE and COPYING in the directory of the weights or the nearest one above it, the root left out.

Where a directory has a text that is the model's by name, its others speak of the code beside it, and so do those of the
directories above.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.scanner.evidence._files import directories_above, licence_text
from bot.scanner.evidence._licence_names import licence_files
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """Licence texts of the nearest directory that has any."""
    for directory in filter(None, directories_above(path)):
        files = licence_files(directory, tree)
        if files.of_model:
            return []
        entries = [entry for entry in files.of_directory if entry.path != path]
        texts = [licence_text(entry, tree, EvidenceKind.DIRECTORY_LICENSE) for entry in entries]
        if found := [text for text in texts if text is not None]:
            return found
    return []
