"""What the commits of a merge request bring one by one, where its net difference no longer shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bot.scanner.tree import Change, Changes, Tree
from rules.facts import ChangeStatus

COMMITS_LIMIT = 250
"""Commits of one merge request that are looked at, each by a call; GitHub lists no more ("List commits on a pull
request")."""


def brought_and_gone(
    commits: Iterable[tuple[str, Sequence[Change]]], net: Changes, base: Tree, tree_of: Callable[[str], Tree]
) -> tuple[Change, ...]:
    """Files that a commit brings and the merge request as a whole does not, each content once, by its first commit.

    `commits` are ids with what each changes, oldest first; `tree_of` gives a commit's tree, which is asked for the
    size and id of such a file alone, unless they are known. Text that the forge has shown is left out: it is none that
    git would keep large.
    """
    kept = {change.entry.oid for change in net.files if change.entry is not None}
    found: dict[str, Change] = {}
    for commit, changes in commits:
        for change in changes:
            if change.status is ChangeStatus.DELETED or (change.known_text and not change.may_be_pointer):
                continue
            oid = change.entry.oid if change.entry is not None else ""
            if oid and (oid in kept or oid in found):
                continue
            known = change.entry if change.entry is not None and change.entry.size is not None else None
            entry = known or tree_of(commit).entry(change.path)
            if entry is None or entry.oid in kept or entry.oid in found:
                continue
            before = base.entry(change.path)
            if before is None or before.oid != entry.oid:
                found[entry.oid] = Change(change.path, ChangeStatus.ADDED, entry, content=change.content, commit=commit)
    return tuple(found.values())
