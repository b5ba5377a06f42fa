"""LICENSE and COPYING in the directory of the weights or the nearest one above it, the root left out.

A text whose name says that it is the model's (LICENSE-MODEL) goes before the others of its directory, and counts here
at the root too: it speaks of weights and not of code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.scanner.evidence._files import directories_above, licence_text
from bot.scanner.evidence._licence_names import licence_files
from bot.scanner.tree import Entry, Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """Licence texts of the nearest directory that has any."""
    for entries in _by_distance(path, tree):
        texts = [licence_text(entry, tree, EvidenceKind.DIRECTORY_LICENSE) for entry in entries if entry.path != path]
        if found := [text for text in texts if text is not None]:
            return found
    return []


def _by_distance(path: str, tree: Tree) -> Iterator[Sequence[Entry]]:
    for directory in directories_above(path):
        files = licence_files(directory, tree)
        yield files.of_model or (files.of_directory if directory else [])
