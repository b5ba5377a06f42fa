"""Places where a licence is written down, one module each.

An evidence module defines `find(path, detection, tree) -> Iterable[LicenseEvidence]`: every statement
about the weights at `path` that this kind of place holds. `path` is the artifact's path, `detection`
what its bytes said, `tree` the commit's files. Content of the repository is hostile: size, encoding,
YAML and links are checked, nothing is fetched, nothing raises but UnreadableError.
Adding a kind of place is adding one module.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from typing import Protocol, cast

from bot.scanner.tree import Tree
from rules.facts import Detection, LicenseEvidence


class EvidenceSource(Protocol):
    """What a module in this folder offers."""

    def find(self, path: str, detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
        """See the package's description."""
        ...


@functools.cache
def _sources() -> Sequence[EvidenceSource]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return tuple(cast(EvidenceSource, importlib.import_module(f"{__name__}.{name}")) for name in names)


def gather(path: str, detection: Detection, tree: Tree) -> tuple[LicenseEvidence, ...]:
    """All evidence for one artifact, strongest kind first, then by path."""
    found = (evidence for source in _sources() for evidence in source.find(path, detection, tree))
    return tuple(sorted(found, key=lambda evidence: (evidence.kind, evidence.path, evidence.line or 0)))
