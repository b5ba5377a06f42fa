"""Rows of GitHub's lists of files ("List pull requests files", "Get a commit", "Compare two commits") as changes."""

from __future__ import annotations

from github.File import File

from bot.forges.patches import added_content, may_be_pointer
from bot.scanner.tree import Change, Entry, EntryKind
from rules.facts import ChangeStatus

_STATUSES = {
    "added": ChangeStatus.ADDED,
    "modified": ChangeStatus.MODIFIED,
    "changed": ChangeStatus.MODIFIED,
    "renamed": ChangeStatus.RENAMED,
    "copied": ChangeStatus.COPIED,
    "removed": ChangeStatus.DELETED,
}


def past_change(file: File) -> Change:
    """What a row of one commit's files changes."""
    status, patch = _STATUSES.get(file.status, ChangeStatus.MODIFIED), file.patch
    return Change(
        path=file.filename,
        status=status,
        entry=None if status is ChangeStatus.DELETED else Entry(file.filename, EntryKind.FILE, file.sha),
        known_text=bool(patch),
        may_be_pointer=bool(patch) and may_be_pointer(patch),
    )


def change(file: File) -> Change:
    """What a row of the whole change says."""
    status = _STATUSES.get(file.status, ChangeStatus.MODIFIED)
    patch = file.patch
    deleted = status is ChangeStatus.DELETED
    content = added_content(patch, file.additions) if patch and status is ChangeStatus.ADDED else None
    return Change(
        path=file.filename,
        status=status,
        entry=None if deleted else Entry(file.filename, EntryKind.FILE, file.sha),
        previous_path=file.previous_filename,
        content=content,
        # Of a long text the patch is cut short: such a file has to be opened to see what it holds.
        known_text=bool(patch) and not (content is None and status is ChangeStatus.ADDED),
        may_be_pointer=bool(patch) and may_be_pointer(patch),
    )
