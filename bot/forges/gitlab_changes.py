"""Rows of GitLab's diffs ("List merge request diffs", "Get the diff of a commit") as changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.forges.gitlab_tree import KINDS
from bot.forges.patches import added_content, may_be_pointer
from bot.scanner.tree import Change, Entry, EntryKind, Tree
from rules.facts import ChangeStatus

FEW_FILES = 500
"""Changed files of which GitLab lists all: half of the 1,000 that are its least limit."""
FEW_BYTES = 1024 * 1024
"""Letters of patches, likewise: its limits are 50,000 lines and 5 MB."""


def _status(row: Mapping[str, Any]) -> ChangeStatus:
    if row.get("deleted_file"):
        return ChangeStatus.DELETED
    if row.get("new_file"):
        return ChangeStatus.ADDED
    return ChangeStatus.RENAMED if row.get("renamed_file") else ChangeStatus.MODIFIED


def change(row: Mapping[str, Any]) -> Change:
    """What a row of the merge request's diffs changes. GitLab does not tell the ids of the contents."""
    path, status, patch = str(row["new_path"]), _status(row), str(row.get("diff") or "")
    renamed = status is ChangeStatus.RENAMED
    is_text = patch.startswith("@@")
    content = None
    if is_text and status is ChangeStatus.ADDED:
        content = added_content(patch.removesuffix("\n"), patch.count("\n+"))
    return Change(
        path=path,
        status=status,
        entry=None if status is ChangeStatus.DELETED else Entry(path, _kind(row), ""),
        previous_path=str(row["old_path"]) if renamed else None,
        content=content,
        known_text=is_text,
        may_be_pointer=is_text and may_be_pointer(patch),
    )


def past_change(row: Mapping[str, Any]) -> Change:
    """What a row of one commit's diffs changes. Its content is located only where somebody wants it."""
    patch = str(row.get("diff") or "")
    return Change(
        path=str(row["new_path"]),
        status=_status(row),
        known_text=patch.startswith("@@"),
        may_be_pointer=patch.startswith("@@") and may_be_pointer(patch),
    )


def located(change: Change, tree: Tree) -> Change:
    """The change with the id of its content, for files that will be opened; `tree` is the head's."""
    if change.entry is None or change.entry.kind is not EntryKind.FILE or change.known_text:
        return change
    return change._replace(entry=tree.entry(change.path) or change.entry)


def may_be_cut(rows: Sequence[Mapping[str, Any]]) -> bool:
    """False for a list of changes that is well below what GitLab cuts by the number of files, of lines or of bytes.

    An administrator may raise those limits and not lower them ("Diff limits administration").
    """
    shown = sum(len(str(row.get("diff") or "")) for row in rows)
    cut = any(row.get("collapsed") or row.get("too_large") for row in rows)
    return cut or len(rows) >= FEW_FILES or shown >= FEW_BYTES


def _kind(row: Mapping[str, Any]) -> EntryKind:
    return KINDS.get(str(row.get("b_mode", "")), EntryKind.FILE)
