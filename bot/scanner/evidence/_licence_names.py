"""Names of files that hold the text of a licence, a notice or a use policy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.scanner.evidence._files import once_per_tree
from bot.scanner.tree import Entry, EntryKind, Tree

FILES_LIMIT = 16
"""Texts of one kind that are read in one directory."""

NOTICE = re.compile(r"(third[-_ ]?party[-_ ]?)?notices?([-_.].+)?", re.IGNORECASE)
USE_POLICY = re.compile(r"(acceptable|prohibited)?[-_ ]?use[-_ ]?policy([-_.].+)?", re.IGNORECASE)
_LICENCE = re.compile(
    r"((un)?licen[sc]es?|copying|(models?|weights?|checkpoints?)[-_. ]?licen[sc]e)([-_. ].+)?", re.IGNORECASE
)
_NO_TEXT = re.compile(
    r"\.(license|py|pyc|js|ts|css|json|ya?ml|toml|xml|sh|c|h|cc|cpp|go|rs|java|rb|php|png|jpe?g|svg|pdf|gz|zip|lock|csv|tmpl)$",
    re.IGNORECASE,
)
_OF_MODEL = re.compile(r"(^|[-_. ])(models?|weights?|checkpoints?)([-_. ]|licen[sc]e|$)", re.IGNORECASE)
_OF_OTHERS = re.compile(
    r"(^|[-_.])(code|data(sets?)?|docs?|third[-_.]?party|3rd[-_.]?party|dependencies|header|template)([-_.]|$)",
    re.IGNORECASE,
)
"""A LICENSE-CODE says itself that it does not speak of weights; texts of third parties speak of their work."""


@dataclass(frozen=True)
class LicenceFiles:
    """The licence texts directly in one directory, by path."""

    of_model: Sequence[Entry]
    """Those whose name says that they are for the model: LICENSE-MODEL, MODEL_LICENSE.txt."""
    of_directory: Sequence[Entry]


@once_per_tree
def licence_files(directory: str, tree: Tree) -> LicenceFiles:
    """Find the licence texts directly in a directory."""
    found = [entry for entry in sorted(tree.entries(directory), key=lambda entry: entry.path) if _is_text(entry)]
    about_model = [entry for entry in found if _OF_MODEL.search(_name(entry))]
    return LicenceFiles(
        of_model=about_model[:FILES_LIMIT],
        of_directory=[entry for entry in found if entry not in about_model][:FILES_LIMIT],
    )


@once_per_tree
def texts_named(key: tuple[str, re.Pattern[str]], tree: Tree) -> Sequence[Entry]:
    """The texts of such a name directly in a directory, by path: `key` is the directory and NOTICE or USE_POLICY."""
    directory, name = key
    found = [entry for entry in tree.entries(directory) if name.fullmatch(_name(entry)) and _may_be_text(entry)]
    return sorted(found, key=lambda entry: entry.path)[:FILES_LIMIT]


def _is_text(entry: Entry) -> bool:
    name = _name(entry)
    return _LICENCE.fullmatch(name) is not None and _OF_OTHERS.search(name) is None and _may_be_text(entry)


def _may_be_text(entry: Entry) -> bool:
    return entry.kind in (EntryKind.FILE, EntryKind.SYMLINK) and _NO_TEXT.search(_name(entry)) is None


def _name(entry: Entry) -> str:
    return entry.path.rpartition("/")[2]
