"""Comments, reviews and reactions in GitHub's JSON."""

from __future__ import annotations

from typing import Any

from bot.sandbox.diff import changed_files
from bot.sandbox.github.shapes import moment, node_id, repositories
from bot.sandbox.github.shapes.accounts import simple_user
from bot.sandbox.model import Access, MergeRequest, Note, Reaction, Repository, Review
from bot.sandbox.world import World

REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
"""The contents that GitHub knows ("About reactions")."""


def no_reactions(url: str) -> dict[str, Any]:
    """`reaction-rollup` of something that nobody reacted to."""
    return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(REACTIONS, 0)}


def _reactions(url: str, note: Note) -> dict[str, Any]:
    counts = {name: sum(one.content == name for one in note.reactions) for name in REACTIONS}
    return {"url": f"{url}/reactions", "total_count": len(note.reactions), **counts}


def _places(world: World, note: Note | Review) -> tuple[MergeRequest, Repository, str, str]:
    merge_request = world.merge_requests[note.merge_request_id]
    target = world.repository(merge_request.repository_id)
    page = f"{repositories.html_url_of(world, target)}/pull/{merge_request.number}"
    return merge_request, target, repositories.url_of(world, target), page


def association(target: Repository, login: str) -> str:
    """How an account stands to a repository (`author_association`)."""
    if login == target.owner:
        return "OWNER"
    return "COLLABORATOR" if target.access.get(login, Access.NONE) >= Access.READ else "NONE"


def issue_comment(world: World, note: Note) -> dict[str, Any]:
    """`issue-comment`."""
    merge_request, target, api_url, page = _places(world, note)
    url = f"{api_url}/issues/comments/{note.id}"
    return {
        "url": url,
        "html_url": f"{page}#issuecomment-{note.id}",
        "issue_url": f"{api_url}/issues/{merge_request.number}",
        "id": note.id,
        "node_id": node_id("IssueComment", note.id),
        "user": simple_user(world, note.author),
        "created_at": moment(note.created_at),
        "updated_at": moment(note.updated_at),
        "author_association": association(target, note.author),
        "body": note.body,
        "performed_via_github_app": None,
        "reactions": _reactions(url, note),
    }


def review_comment(world: World, note: Note) -> dict[str, Any]:
    """`pull-request-review-comment`: a comment on a file or on a line of it."""
    merge_request, target, api_url, page = _places(world, note)
    url = f"{api_url}/pulls/comments/{note.id}"
    pull_url = f"{api_url}/pulls/{merge_request.number}"
    html_url = f"{page}#discussion_r{note.id}"
    commit = note.commit_sha or merge_request.head
    shape = {
        "url": url,
        "pull_request_review_id": note.review_id,
        "id": note.id,
        "node_id": node_id("PullRequestReviewComment", note.id),
        "diff_hunk": _hunk(target, merge_request, note),
        "path": note.path,
        "commit_id": commit,
        "original_commit_id": commit,
        "user": simple_user(world, note.author),
        "body": note.body,
        "created_at": moment(note.created_at),
        "updated_at": moment(note.updated_at),
        "html_url": html_url,
        "pull_request_url": pull_url,
        "author_association": association(target, note.author),
        "_links": {"self": {"href": url}, "html": {"href": html_url}, "pull_request": {"href": pull_url}},
        "reactions": _reactions(url, note),
        "start_line": None,
        "original_start_line": None,
        "start_side": None,
        "line": note.line,
        "original_line": note.line,
        "side": note.side,
        "position": 1 if note.line else None,
        "original_position": 1,
        "subject_type": "line" if note.line else "file",
    }
    return shape | ({"in_reply_to_id": note.in_reply_to} if note.in_reply_to else {})


def _hunk(target: Repository, merge_request: MergeRequest, note: Note) -> str:
    if note.line is None:
        return ""
    for file in changed_files(target.git, merge_request.base, merge_request.head):
        if file.path == note.path:
            return file.patch or ""
    return ""


def review(world: World, record: Review) -> dict[str, Any]:
    """`pull-request-review`."""
    merge_request, target, api_url, page = _places(world, record)
    html_url = f"{page}#pullrequestreview-{record.id}"
    pull_url = f"{api_url}/pulls/{merge_request.number}"
    return {
        "id": record.id,
        "node_id": node_id("PullRequestReview", record.id),
        "user": simple_user(world, record.author),
        "body": record.body,
        "state": record.state,
        "html_url": html_url,
        "pull_request_url": pull_url,
        "_links": {"html": {"href": html_url}, "pull_request": {"href": pull_url}},
        "submitted_at": moment(record.submitted_at),
        "commit_id": record.commit_sha,
        "author_association": association(target, record.author),
    }


def reaction(world: World, record: Reaction) -> dict[str, Any]:
    """`reaction`."""
    return {
        "id": record.id,
        "node_id": node_id("Reaction", record.id),
        "user": simple_user(world, record.login),
        "content": record.content,
        "created_at": moment(record.created_at),
    }
