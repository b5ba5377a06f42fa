"""Pull requests, also as issues, in GitHub's JSON."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

from bot.sandbox.diff import changed_files
from bot.sandbox.github.shapes import moment, moment_or_null, node_id
from bot.sandbox.github.shapes.accounts import simple_user
from bot.sandbox.github.shapes.comments import association, no_reactions
from bot.sandbox.github.shapes.repositories import html_url_of, repository, url_of
from bot.sandbox.model import MergeRequest, Repository, State
from bot.sandbox.world import World


def simple_pull(world: World, record: MergeRequest) -> dict[str, Any]:
    """`pull-request-simple`, as lists carry it."""
    target = world.repository(record.repository_id)
    url = f"{url_of(world, target)}/pulls/{record.number}"
    issue = f"{url_of(world, target)}/issues/{record.number}"
    page = f"{html_url_of(world, target)}/pull/{record.number}"
    statuses = f"{url_of(world, target)}/statuses/{record.head}"
    links = {
        "self": url,
        "html": page,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{url_of(world, target)}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": statuses,
    }
    return {
        "url": url,
        "id": record.id,
        "node_id": node_id("PullRequest", record.id),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue,
        "number": record.number,
        "state": "open" if record.state is State.OPEN else "closed",
        "locked": False,
        "title": record.title,
        "user": simple_user(world, record.author),
        "body": record.body or None,
        "created_at": moment(record.created_at),
        "updated_at": moment(record.updated_at),
        "closed_at": moment_or_null(record.closed_at),
        "merged_at": moment_or_null(record.merged_at),
        "merge_commit_sha": record.head if record.state is State.MERGED else None,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "labels": [label(world, target, name) for name in record.labels],
        "milestone": None,
        "draft": record.draft,
        "commits_url": links["commits"],
        "review_comments_url": links["review_comments"],
        "review_comment_url": links["review_comment"],
        "comments_url": links["comments"],
        "statuses_url": statuses,
        "head": _head(world, record),
        "base": _end(world, target, record.target_branch, record.versions[-1].start),
        "_links": {name: {"href": address} for name, address in links.items()},
        "author_association": association(target, record.author),
        "auto_merge": None,
        "active_lock_reason": None,
    }


def pull(world: World, record: MergeRequest) -> dict[str, Any]:
    """`pull-request`, as webhooks and `GET /pulls/{number}` carry it."""
    target = world.repository(record.repository_id)
    files = changed_files(target.git, record.base, record.head)
    merged = record.state is State.MERGED
    return simple_pull(world, record) | {
        "merged": merged,
        "mergeable": None if merged else True,
        "rebaseable": None if merged else True,
        "mergeable_state": "draft" if record.draft else "clean",
        "merged_by": None,
        "comments": len(world.conversation.comments(record)),
        "review_comments": len(world.conversation.file_comments(record)),
        "maintainer_can_modify": record.source_repository_id not in (None, record.repository_id),
        "commits": len(target.git.commits(record.base, record.head)),
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
    }


def label(world: World, repository: Repository, name: str) -> dict[str, Any]:
    """`label`."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    return {
        "id": number,
        "node_id": node_id("Label", number),
        "url": f"{url_of(world, repository)}/labels/{quote(name)}",
        "name": name,
        "description": None,
        "color": "ededed",
        "default": False,
    }


def issue(world: World, record: MergeRequest) -> dict[str, Any]:
    """`issue`: a pull request is one, and comment webhooks carry it."""
    target = world.repository(record.repository_id)
    pull_url = f"{url_of(world, target)}/pulls/{record.number}"
    url = f"{url_of(world, target)}/issues/{record.number}"
    page = f"{html_url_of(world, target)}/pull/{record.number}"
    return {
        "url": url,
        "repository_url": url_of(world, target),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": page,
        "id": record.id,
        "node_id": node_id("PullRequest", record.id),
        "number": record.number,
        "title": record.title,
        "user": simple_user(world, record.author),
        "labels": [label(world, target, name) for name in record.labels],
        "state": "open" if record.state is State.OPEN else "closed",
        "state_reason": None,
        "locked": False,
        "active_lock_reason": None,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": len(world.conversation.comments(record)),
        "created_at": moment(record.created_at),
        "updated_at": moment(record.updated_at),
        "closed_at": moment_or_null(record.closed_at),
        "author_association": association(target, record.author),
        "draft": record.draft,
        "pull_request": {
            "url": pull_url,
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": moment_or_null(record.merged_at),
        },
        "body": record.body or None,
        "performed_via_github_app": None,
        "reactions": no_reactions(url),
    }


def _head(world: World, record: MergeRequest) -> dict[str, Any]:
    if record.source_repository_id is None:
        label = f"unknown repository:{record.source_branch}"
        return {"label": label, "ref": record.source_branch, "sha": record.head, "user": None, "repo": None}
    return _end(world, world.repository(record.source_repository_id), record.source_branch, record.head)


def _end(world: World, record: Repository, branch: str, sha: str) -> dict[str, Any]:
    owner = simple_user(world, record.owner)
    shape = repository(world, record)
    return {"label": f"{record.owner}:{branch}", "ref": branch, "sha": sha, "user": owner, "repo": shape}
