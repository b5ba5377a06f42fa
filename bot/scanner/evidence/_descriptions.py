"""Recipes and manifests beside weights and above them: descriptions of works, which may name the weights or not."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.scanner.evidence._files import STATEMENT_LENGTH, directories_above, once_per_tree, read, regular
from bot.scanner.tree import Entry, EntryKind, Tree
from rules.facts import EvidenceKind, LicenseEvidence

FILES_LIMIT = 16
"""Descriptions of one kind that are read in one directory."""

RECIPE_LIMIT = 256 * 1024
"""Bytes of a recipe that are read. Recipes have some kilobytes; modules of a distribution with hundreds of packages,
which have more, are cut here."""

STATEMENTS_LIMIT = 16
"""Licences that are taken from one description; packages have a handful of parts with licences of their own."""

_NAME_CHARACTER = re.compile(r"[\w-]")


@dataclass(frozen=True)
class Description:
    """The beginning of one description."""

    entry: Entry
    text: str
    whole: bool
    """False where the file is longer than what was read."""
    directory: str
    """The directory whose files it speaks for."""

    @property
    def named(self) -> str:
        """Its file's name."""
        return posixpath.basename(self.entry.path)


def descriptions(
    path: str, tree: Tree, name: re.Pattern[str], subdirectory: str = "", limit: int = RECIPE_LIMIT
) -> Iterator[Description]:
    """Files of these names beside `path` and above it, the nearest first.

    `subdirectory` is where such files lie below the directory that they speak for: `debian`.
    """
    for directory in directories_above(path):
        for description in _in_directory((directory, subdirectory, name, limit), tree):
            if description.entry.path != path:
                yield description


@once_per_tree
def _in_directory(key: tuple[str, str, re.Pattern[str], int], tree: Tree) -> Sequence[Description]:
    directory, subdirectory, name, limit = key
    listed = tree.entries(directory)
    if subdirectory:
        # A forge is asked for a folder only where there is one.
        folder = posixpath.join(directory, subdirectory)
        listed = tree.entries(folder) if any(entry.path == folder for entry in listed) else []
    found = [
        entry
        for entry in listed
        if entry.kind in (EntryKind.FILE, EntryKind.SYMLINK) and name.fullmatch(posixpath.basename(entry.path))
    ]
    described = []
    for entry in sorted(found, key=lambda entry: entry.path)[:FILES_LIMIT]:
        source = regular(entry, tree)
        if source is not None:
            content = read(source, tree, limit)
            described.append(Description(entry, content.text.replace("\r\n", "\n"), content.whole, directory))
    return described


def names_file(text: str, path: str) -> bool:
    """True where the text holds the file's name, and not as a part of a longer one."""
    name = posixpath.basename(path)
    position = text.find(name)
    while position >= 0:
        around = text[max(position - 1, 0) : position] + text[position + len(name) : position + len(name) + 1]
        if _NAME_CHARACTER.search(around) is None:
            return True
        position = text.find(name, position + 1)
    return False


def weighed(evidence: LicenseEvidence, directory: str, *, names_weights: bool) -> LicenseEvidence:
    """The evidence with the weight that it has for files below `directory`.

    A description that names the weights speaks of them. Another one speaks of the whole work, whose code it is mostly
    about: it weighs no more than a LICENSE in that directory would.
    """
    if names_weights:
        return evidence
    kind = EvidenceKind.DIRECTORY_LICENSE if directory else EvidenceKind.REPOSITORY_LICENSE
    return replace(evidence, kind=kind)


def stated(
    kind: EvidenceKind, entry: Entry, statement: str, *, line: int | None, field: str | None, link: str | None = None
) -> LicenseEvidence:
    """Evidence whose texts are cut to the length that they may have."""
    return LicenseEvidence(
        kind=kind,
        path=entry.path,
        statement=statement[:STATEMENT_LENGTH],
        line=line,
        field=field,
        link=link and link[:STATEMENT_LENGTH],
    )


def recipes(
    path: str,
    tree: Tree,
    name: re.Pattern[str],
    licenses: Callable[[str], Sequence[tuple[int, str]]],
    field: str,
) -> Iterator[LicenseEvidence]:
    """What the recipes of these names state. `licenses` reads a recipe's text: each licence with its line.

    It should remember what it has read: one recipe is asked about all the weights around it.
    """
    for described in descriptions(path, tree, name):
        found = licenses(described.text)
        names_weights = bool(found) and names_file(described.text, path)
        for line, statement in found:
            evidence = stated(EvidenceKind.RECIPE, described.entry, statement, line=line, field=field)
            yield weighed(evidence, described.directory, names_weights=names_weights)


def line_of(text: str, position: int) -> int:
    """The one-based line of a position."""
    return text.count("\n", 0, position) + 1
