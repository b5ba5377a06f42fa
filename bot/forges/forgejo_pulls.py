"""A pull request as Forgejo tells it, in our words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from rules.facts import MergeRequest


def merge_request_of(found: Mapping[str, Any]) -> MergeRequest:
    """The pull request. Forgejo has no repository at its head once the fork was deleted."""
    base, head = found["base"], found["head"]
    source = head.get("repo") or {}
    return MergeRequest(
        forge="forgejo",
        host=urlsplit(str(found["html_url"])).hostname or "",
        repository_id=str(base["repo_id"]),
        repository=str(base["repo"]["full_name"]),
        number=int(found["number"]),
        title=str(found["title"]),
        author=str((found.get("user") or {}).get("login", "ghost")),
        url=str(found["html_url"]),
        source_branch=str(head.get("label") or head.get("ref") or ""),
        target_branch=str(base["ref"]),
        head=str(head["sha"]),
        # Where the target branch was deleted it has no tip.
        base=str(base.get("sha") or found.get("merge_base") or ""),
        source_repository=str(source["full_name"]) if source else None,
        source_repository_id=str(source["id"]) if source else None,
        draft=bool(found.get("draft")),
        state="merged" if found.get("merged") else str(found["state"]),
    )


class Measured(NamedTuple):
    """What Forgejo says of a pull request beside what it is."""

    files: int | None
    """How many files it changes; None where Forgejo does not count them, which is so where the fork is gone."""
    fork_point: str | None
    """The common ancestor of both sides."""


def measured(found: Mapping[str, Any]) -> Measured:
    """The numbers that come along with a pull request."""
    count = found.get("changed_files")
    counted = isinstance(count, int) and bool(found["head"].get("repo"))
    return Measured(count if counted else None, str(found["merge_base"]) if found.get("merge_base") else None)
