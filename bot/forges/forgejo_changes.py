"""What a pull request or a commit changes on Forgejo.

The list of changed files tells neither ids nor lines, and breaks off with 500 where the fork is gone. What git itself
writes, the `.diff`, tells nearly everything in one call, names that JSON cannot carry too; so that is read, up to a
limit, and only what lies beyond it is taken from the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.forges.diffs import FileDiff
from bot.forges.forgejo_tree import KINDS, ForgejoTree
from bot.forges.patches import may_be_pointer
from bot.scanner.tree import Change, Entry, EntryKind
from rules.facts import ChangeStatus

DIFF_LIMIT = 16 * 1024 * 1024
"""Bytes of a diff that are read. That of an ordinary pull request has a thousandth of it; weights count a line each."""
POINTER_LINES = 30
"""Added lines up to which a text that was not shown may be a pointer: git-lfs takes three, DVC a few more."""

_LETTERS = {
    "A": ChangeStatus.ADDED,
    "M": ChangeStatus.MODIFIED,
    "D": ChangeStatus.DELETED,
    "R": ChangeStatus.RENAMED,
    "C": ChangeStatus.COPIED,
    "T": ChangeStatus.TYPE_CHANGED,
}
_WORDS = {
    "added": ChangeStatus.ADDED,
    "deleted": ChangeStatus.DELETED,
    "renamed": ChangeStatus.RENAMED,
    "copied": ChangeStatus.COPIED,
}


def change(file: FileDiff, tree: ForgejoTree) -> Change:
    """What a file of the diff changes; `tree` is the head's, and is asked only about what will be opened."""
    status = _LETTERS[file.letter]
    kind = KINDS.get(file.mode, EntryKind.FILE)
    entry = None
    if status is not ChangeStatus.DELETED:
        entry = _entry(file.path, kind, tree, known=file.is_text)
    return Change(
        path=file.path,
        status=status,
        entry=entry,
        previous_path=file.previous_path,
        previous_oid=entry.oid if entry is not None and file.same_content else None,
        content=file.added if kind is not EntryKind.SUBMODULE else None,
        known_text=file.is_text,
        may_be_pointer=file.is_text and may_be_pointer(file.patch),
    )


def past_change(file: FileDiff) -> Change:
    """What a file of one commit's diff changes. Its content is located only where somebody wants it."""
    return Change(
        path=file.path,
        status=_LETTERS[file.letter],
        known_text=file.is_text or file.same_content,
        may_be_pointer=file.is_text and may_be_pointer(file.patch),
    )


def listed(
    rows: Iterable[Mapping[str, Any]], known: Callable[[str], bool], tree: ForgejoTree, before: ForgejoTree
) -> list[Change]:
    """What the rows of the list of changed files change, less those that are known; `before` is the target's tree."""
    return [_listed(row, tree, before) for row in rows if not known(str(row["filename"]))]


def _listed(row: Mapping[str, Any], tree: ForgejoTree, before: ForgejoTree) -> Change:
    path = str(row["filename"])
    status = _WORDS.get(str(row.get("status")), ChangeStatus.MODIFIED)
    previous = str(row["previous_filename"]) if row.get("previous_filename") else None
    # Forgejo counts lines of text alone.
    is_text = bool(row.get("changes"))
    old = before.entry(previous) if previous is not None and not is_text else None
    # A new text has to be opened to see what it holds.
    known = is_text and status is not ChangeStatus.ADDED
    return Change(
        path=path,
        status=status,
        entry=None if status is ChangeStatus.DELETED else _entry(path, EntryKind.FILE, tree, known=known),
        previous_path=previous,
        previous_oid=old.oid if old is not None else None,
        known_text=known,
        may_be_pointer=known and int(row.get("additions") or 0) <= POINTER_LINES,
    )


def _entry(path: str, kind: EntryKind, tree: ForgejoTree, *, known: bool) -> Entry:
    """The new content. Its object id is looked up only for files that will be opened."""
    found = None if known or kind is not EntryKind.FILE else tree.entry(path)
    return found or Entry(path, kind, "")
