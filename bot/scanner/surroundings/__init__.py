"""What stands around weights, one module for each kind of thing that is looked for.

A module here defines `find(path, detection, tree) -> Surroundings`: its part of what is known about the weights at
`path`, with the rest left empty. `path` is the artifact's path, `detection` what its bytes said, `tree` the commit's
files. Content of the repository is hostile: size, encoding, YAML and links are checked, nothing is fetched, nothing
raises but UnreadableError. Adding a kind of thing is adding one module.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Sequence
from typing import Protocol, TypeVar, cast

from bot.scanner.tree import Tree
from rules.facts import Detection
from rules.surroundings import Surroundings

ENTRIES_LIMIT = 64
"""Things of one kind that are kept for one artifact; real cards name a dozen data sets."""

_Thing = TypeVar("_Thing")


class Search(Protocol):
    """What a module in this folder offers."""

    def find(self, path: str, detection: Detection, tree: Tree) -> Surroundings:
        """See the package's description."""
        ...


@functools.cache
def _searches() -> Sequence[Search]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return tuple(cast(Search, importlib.import_module(f"{__name__}.{name}")) for name in names)


def look_around(path: str, detection: Detection, tree: Tree) -> Surroundings:
    """Everything found around one artifact, without names that hold nothing to be shown. Raises UnreadableError."""
    parts = [search.find(path, detection, tree) for search in _searches()]
    return Surroundings(
        card=next((part.card for part in parts if part.card is not None), None),
        base_models=tuple(base for base in _merged([part.base_models for part in parts]) if base.name),
        datasets=tuple(data for data in _merged([part.datasets for part in parts]) if data.name),
        origins=tuple(one for one in _merged([part.origins for part in parts]) if one.url or one.sha256),
        papers=_merged([part.papers for part in parts]),
        training=_merged([part.training for part in parts]),
    )


def _merged(parts: Sequence[Sequence[_Thing]]) -> tuple[_Thing, ...]:
    """The things of all parts, each once, in the order found."""
    return tuple(dict.fromkeys(thing for part in parts for thing in part))[:ENTRIES_LIMIT]
