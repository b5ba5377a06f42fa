"""Rows of GitLab's diffs ("List merge request diffs", "Get the diff of a commit") as changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.forges.gitlab_tree import KINDS, GitLabTree
from bot.forges.patches import added_content, may_be_pointer
from bot.scanner.tree import Change, Entry, EntryKind
from rules.facts import ChangeStatus


def _status(row: Mapping[str, Any]) -> ChangeStatus:
    if row.get("deleted_file"):
        return ChangeStatus.DELETED
    if row.get("new_file"):
        return ChangeStatus.ADDED
    return ChangeStatus.RENAMED if row.get("renamed_file") else ChangeStatus.MODIFIED


def change(row: Mapping[str, Any], tree: GitLabTree, before: GitLabTree) -> Change:
    """What a row of the merge request's diffs changes; `tree` is the head's, `before` the target's."""
    path, status, patch = str(row["new_path"]), _status(row), str(row.get("diff") or "")
    renamed = status is ChangeStatus.RENAMED
    is_text = patch.startswith("@@")
    content = None
    if is_text and status is ChangeStatus.ADDED:
        content = added_content(patch.removesuffix("\n"), patch.count("\n+"))
    # An empty diff may still hide a change; whether the target has this very content, its tree tells.
    old = before.entry(str(row["old_path"])) if renamed and not patch and not _cut_short(row) else None
    return Change(
        path=path,
        status=status,
        entry=None if status is ChangeStatus.DELETED else _entry(row, path, tree, known=is_text),
        previous_path=str(row["old_path"]) if renamed else None,
        previous_oid=old.oid if old is not None else None,
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


def _cut_short(row: Mapping[str, Any]) -> bool:
    """True where an empty diff does not mean that nothing changed."""
    return bool(row.get("collapsed") or row.get("too_large"))


def _entry(row: Mapping[str, Any], path: str, tree: GitLabTree, *, known: bool) -> Entry:
    """The new content. Its object id is looked up only for files that will be opened."""
    kind = KINDS.get(str(row.get("b_mode", "")), EntryKind.FILE)
    found = None if known or kind is not EntryKind.FILE else tree.entry(path)
    return found or Entry(path, kind, "")
