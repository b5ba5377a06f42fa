"""A push as GitHub, GitLab and Forgejo tell it: the same words on all three, only the limits differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.intake.events import BranchPushed, Event, Ignored
from bot.intake.payloads import objects, required, texts

PATHS = 1_000
"""Paths that are kept of a push; one that changes more policies than that is looked at as if it told none."""
_POLICIES = (".yml", ".yaml", ".json")
"""Endings of what a policy or a baseline can be made of."""
_NOTHING = frozenset("0")


def pushed(payload: Mapping[str, Any], repository: Mapping[str, str], *, total: int | None) -> Event:
    """What a push asks for: another look where a policy may have changed. Raises MalformedError.

    `total` is the number of its commits where the forge tells it: it lists but some of them.
    """
    branch = required(payload, "ref", str)
    if not branch.startswith("refs/heads/"):
        return Ignored("the push is to no branch")
    head = required(payload, "after", str)
    if set(head) <= _NOTHING:
        return Ignored("the push deletes a branch")
    paths = _paths(payload, total)
    if paths is not None and not paths:
        return Ignored("the push changes nothing that could be a policy")
    return BranchPushed(**repository, branch=branch.removeprefix("refs/heads/"), head=head, paths=paths)


def _paths(payload: Mapping[str, Any], total: int | None) -> tuple[str, ...] | None:
    """Files that could be a policy; None where the delivery does not tell all that were changed."""
    commits = objects(payload, "commits")
    # A force push, and one of more commits than are listed, may bring back or leave out what no commit names.
    if not commits or payload.get("forced") is True or (total is not None and total > len(commits)):
        return None
    changed = {path for commit in commits for kind in ("added", "modified", "removed") for path in texts(commit, kind)}
    found = sorted(path for path in changed if path.lower().endswith(_POLICIES))
    return tuple(found) if len(found) <= PATHS else None
