"""Pull requests, also as issues, in Forgejo's JSON."""

from __future__ import annotations

from typing import Any

from bot.sandbox.diff import changed_files
from bot.sandbox.forgejo.answers import moment, moment_or_null
from bot.sandbox.forgejo.shapes.accounts import user
from bot.sandbox.forgejo.shapes.labels import label
from bot.sandbox.forgejo.shapes.repositories import api_of, page_of, repository
from bot.sandbox.model import Access, MergeRequest, State
from bot.sandbox.world import World

DRAFT = "WIP: "
"""What the title of a draft begins with; Forgejo has no other sign of it (WORK_IN_PROGRESS_PREFIXES)."""


def title_of(found: MergeRequest) -> str:
    """The title as people see it."""
    return f"{DRAFT}{found.title}" if found.draft else found.title


def address(world: World, found: MergeRequest) -> str:
    """Address of a pull request for people."""
    return f"{page_of(world, world.repository(found.repository_id))}/pulls/{found.number}"


def pull(world: World, found: MergeRequest) -> dict[str, Any]:
    """`PullRequest`."""
    target = world.repository(found.repository_id)
    source = world.repositories.get(found.source_repository_id or 0)
    files = changed_files(target.git, found.base, found.head) if source else ()
    page, merged = address(world, found), found.state is State.MERGED
    return {
        "id": found.id,
        "url": page,
        "number": found.number,
        "user": user(world, found.author),
        "title": title_of(found),
        "body": found.body,
        "labels": [label(world, target, name) for name in found.labels],
        "milestone": None,
        "assignee": None,
        "assignees": None,
        "requested_reviewers": None,
        "requested_reviewers_teams": None,
        "state": "open" if found.state is State.OPEN else "closed",
        "draft": found.draft,
        "is_locked": False,
        "comments": len(world.conversation.comments(found)),
        "review_comments": len(world.conversation.file_comments(found)),
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "mergeable": found.state is State.OPEN,
        "merged": merged,
        "merged_at": moment_or_null(found.merged_at),
        "merge_commit_sha": found.head if merged else None,
        "merged_by": user(world, target.owner) if merged else None,
        "allow_maintainer_edit": False,
        "base": {
            "label": found.target_branch,
            "ref": found.target_branch,
            "sha": target.git.branches().get(found.target_branch, ""),
            "repo_id": target.id,
            "repo": repository(world, target, Access.READ),
        },
        "head": {
            "label": found.source_branch,
            "ref": found.source_branch if source else f"refs/pull/{found.number}/head",
            "sha": found.head,
            "repo_id": source.id if source else -1,
            "repo": repository(world, source, Access.READ) if source else None,
        },
        "merge_base": found.base,
        "due_date": None,
        "created_at": moment(found.created_at),
        "updated_at": moment(found.updated_at),
        "closed_at": moment_or_null(found.closed_at),
        "pin_order": 0,
        "flow": 0,
    }


def issue(world: World, found: MergeRequest) -> dict[str, Any]:
    """`Issue`."""
    target = world.repository(found.repository_id)
    return {
        "id": found.id,
        "url": f"{api_of(world, target)}/issues/{found.number}",
        "html_url": address(world, found),
        "number": found.number,
        "user": user(world, found.author),
        "original_author": "",
        "original_author_id": 0,
        "title": title_of(found),
        "body": found.body,
        "ref": "",
        "assets": [],
        "labels": [label(world, target, name) for name in found.labels],
        "milestone": None,
        "assignee": None,
        "assignees": None,
        "state": "open" if found.state is State.OPEN else "closed",
        "is_locked": False,
        "comments": len(world.conversation.comments(found)),
        "created_at": moment(found.created_at),
        "updated_at": moment(found.updated_at),
        "closed_at": moment_or_null(found.closed_at),
        "due_date": None,
        "pull_request": {
            "merged": found.state is State.MERGED,
            "merged_at": moment_or_null(found.merged_at),
            "draft": found.draft,
            "html_url": address(world, found),
        },
        "repository": {
            "id": target.id,
            "name": target.name,
            "owner": target.owner,
            "full_name": target.full_name,
        },
        "pin_order": 0,
    }
