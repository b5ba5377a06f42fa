"""Small files beside weights: found in the tree, read once and never far."""

from __future__ import annotations

import functools
import hashlib
import posixpath
import weakref
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from bot.scanner.tree import Entry, EntryKind, Tree
from rules.facts import EvidenceKind, LicenseEvidence
from rules.licenses.texts import TEXT_LIMIT, identify_text

STATEMENT_LENGTH = 300
"""Characters of a statement, as LicenseEvidence has it."""

_AT_ONCE = 256 * 1024
"""Bytes that are read of a small file at the first look. Several kinds of places look into one README or recipe, each
as far as it needs, and a forge is asked for it once."""

_LINK_LIMIT = 4096
"""Bytes of a symbolic link's target: PATH_MAX of Linux."""

_Key = TypeVar("_Key", bound=Hashable)
_Found = TypeVar("_Found")


def once_per_tree(find: Callable[[_Key, Tree], _Found]) -> Callable[[_Key, Tree], _Found]:
    """Remember what `find` gave for a key of a tree, as long as the tree lives.

    One LICENSE speaks for thousands of weights: their directory is looked through once, and a forge asked once.
    """
    known: weakref.WeakKeyDictionary[Tree, dict[_Key, _Found]] = weakref.WeakKeyDictionary()

    @functools.wraps(find)
    def remembered(key: _Key, tree: Tree) -> _Found:
        of_tree = known.setdefault(tree, {})
        if key not in of_tree:
            of_tree[key] = find(key, tree)
        return of_tree[key]

    return remembered


@dataclass(frozen=True)
class Content:
    """The beginning of a file."""

    head: bytes
    whole: bool
    """False where the file is longer than what was read."""

    @property
    def text(self) -> str:
        """The bytes as UTF-8; what is none becomes a replacement character."""
        return self.head.decode("utf-8-sig", "replace")


def directories_above(path: str) -> Iterator[str]:
    """The directory of `path` and each one above it, the root ("") last."""
    directory = posixpath.dirname(path)
    while directory:
        yield directory
        directory = posixpath.dirname(directory)
    yield ""


def regular(entry: Entry | None, tree: Tree) -> Entry | None:
    """The file that an entry is, or that it points to inside the tree by one symbolic link; None for anything else."""
    if entry is None or entry.kind is EntryKind.FILE:
        return entry
    if entry.kind is not EntryKind.SYMLINK:
        return None
    target = tree.open(entry).read(0, _LINK_LIMIT).decode("utf-8", "surrogateescape")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(entry.path), target))
    if not target or posixpath.isabs(target) or path == ".." or path.startswith("../") or "\0" in target:
        return None
    pointed = tree.entry(path)
    return pointed if pointed is not None and pointed.kind is EntryKind.FILE else None


def read(entry: Entry, tree: Tree, limit: int) -> Content:
    """At most `limit` bytes of a file; whoever asks next gets them from what was read. Raises UnreadableError."""
    head, size = _beginning(entry, tree)
    if len(head) < min(limit, size):
        head = _longer((entry, limit), tree)
    return Content(head[:limit], size <= limit)


@once_per_tree
def _beginning(entry: Entry, tree: Tree) -> tuple[bytes, int]:
    reader = tree.open(entry)
    return reader.read(0, _AT_ONCE), reader.size


@once_per_tree
def _longer(key: tuple[Entry, int], tree: Tree) -> bytes:
    entry, limit = key
    return tree.open(entry).read(0, limit)


def licence_text(entry: Entry, tree: Tree, kind: EvidenceKind) -> LicenseEvidence | None:
    """Evidence from a file that holds the text of a licence; None where there is no text in it.

    A text that is not identified states its first line, so that it is seen and asked about.
    """
    source = regular(entry, tree)
    if source is None:
        return None
    content = read(source, tree, TEXT_LIMIT)
    first = next((line.strip() for line in content.text.splitlines() if line.strip()), "")
    if not first:
        return None
    identified = _identified(content.text) if content.whole else None
    return LicenseEvidence(
        kind=kind,
        path=entry.path,
        statement=identified or f"text: {first}"[:STATEMENT_LENGTH],
        text_digest=hashlib.sha256(content.head).hexdigest() if content.whole else None,
    )


@functools.lru_cache(maxsize=64)
def _identified(text: str) -> str | None:
    return identify_text(text)
