"""Merge requests and what is said on them, as GitLab's REST API shows them."""

from __future__ import annotations

from typing import Any

from bot.sandbox.diff import changed_files
from bot.sandbox.gitlab.answers import moment
from bot.sandbox.gitlab.shapes import page_of, user
from bot.sandbox.model import MergeRequest, Note, Reaction, Repository, State, Version
from bot.sandbox.world import World

DRAFT = "Draft: "
"""What a draft's title begins with: that is what makes it one."""


def title_of(found: MergeRequest) -> str:
    """The title with GitLab's mark of a draft."""
    return f"{DRAFT}{found.title}" if found.draft and not found.title.startswith(DRAFT) else found.title


def state_of(found: MergeRequest) -> str:
    """opened, closed or merged."""
    return "opened" if found.state is State.OPEN else found.state.value


def url_of(world: World, found: MergeRequest) -> str:
    """Address of a merge request's page."""
    return f"{page_of(world, world.repository(found.repository_id))}/-/merge_requests/{found.number}"


def size_of(world: World, found: MergeRequest, version: Version | None = None) -> str:
    """The number of changed files, with a plus sign where there are more than are kept."""
    git = world.repository(found.repository_id).git
    shown = version or found.versions[-1]
    count, limit = len(changed_files(git, shown.base, shown.head)), world.limits.gitlab.files
    return f"{limit}+" if count > limit else str(count)


def unresolved(world: World, found: MergeRequest) -> bool:
    """Whether a discussion waits for somebody to resolve it."""
    return any(note.resolvable and note.resolved_by is None for note in world.conversation.of(found))


def merge_request(world: World, found: MergeRequest) -> dict[str, Any]:
    """A merge request as lists show it ("Merge requests API", list merge requests)."""
    target = world.repository(found.repository_id)
    merger = user(world, target.owner) if found.merged_at else None
    closed = user(world, found.author) if found.state is State.CLOSED else None
    blocked = found.discussions_must_be_resolved and unresolved(world, found)
    emoji = [one.content for one in found.reactions]
    return {
        "id": found.id,
        "iid": found.number,
        "project_id": target.id,
        "title": title_of(found),
        "description": found.body,
        "state": state_of(found),
        "imported": False,
        "imported_from": "none",
        "created_at": moment(found.created_at),
        "updated_at": moment(found.updated_at),
        "merged_by": merger,
        "merge_user": merger,
        "merged_at": moment(found.merged_at),
        "closed_by": closed,
        "closed_at": moment(found.closed_at) if closed else None,
        "target_branch": found.target_branch,
        "source_branch": found.source_branch,
        "user_notes_count": len(world.conversation.of(found)),
        "upvotes": emoji.count("thumbsup"),
        "downvotes": emoji.count("thumbsdown"),
        "author": user(world, found.author),
        "assignees": [],
        "assignee": None,
        "reviewers": [],
        "source_project_id": found.source_repository_id,
        "target_project_id": target.id,
        "labels": list(found.labels),
        "draft": found.draft,
        "work_in_progress": found.draft,
        "milestone": None,
        "merge_when_pipeline_succeeds": False,
        "merge_status": "can_be_merged",
        "detailed_merge_status": _merge_status(found, blocked=blocked),
        "merge_after": None,
        "sha": found.head,
        "merge_commit_sha": None,
        "squash_commit_sha": None,
        "discussion_locked": None,
        "should_remove_source_branch": None,
        "force_remove_source_branch": False,
        "prepared_at": moment(found.created_at),
        "reference": f"!{found.number}",
        "references": {
            "short": f"!{found.number}",
            "relative": f"!{found.number}",
            "full": f"{target.full_name}!{found.number}",
        },
        "web_url": url_of(world, found),
        "time_stats": {
            "time_estimate": 0,
            "total_time_spent": 0,
            "human_time_estimate": None,
            "human_total_time_spent": None,
        },
        "squash": False,
        "squash_on_merge": False,
        "task_completion_status": {"count": 0, "completed_count": 0},
        "has_conflicts": False,
        "blocking_discussions_resolved": not unresolved(world, found),
    }


def full_merge_request(world: World, found: MergeRequest, *, can_merge: bool) -> dict[str, Any]:
    """One merge request ("Merge requests API", retrieve a merge request)."""
    newest = found.versions[-1]
    return merge_request(world, found) | {
        "subscribed": False,
        "changes_count": size_of(world, found),
        "latest_build_started_at": None,
        "latest_build_finished_at": None,
        "first_deployed_to_production_at": None,
        "pipeline": None,
        "head_pipeline": None,
        "diff_refs": {"base_sha": newest.base, "head_sha": newest.head, "start_sha": newest.start},
        "merge_error": None,
        "first_contribution": False,
        "user": {"can_merge": can_merge},
    }


def _merge_status(found: MergeRequest, *, blocked: bool) -> str:
    if found.state is not State.OPEN:
        return "not_open"
    if found.draft:
        return "draft_status"
    return "discussions_not_resolved" if blocked else "mergeable"


def version(world: World, found: MergeRequest, one: Version) -> dict[str, Any]:
    """A diff version ("Merge requests API", merge request diff versions)."""
    return {
        "id": one.id,
        "head_commit_sha": one.head,
        "base_commit_sha": one.base,
        "start_commit_sha": one.start,
        "created_at": moment(one.created_at),
        "merge_request_id": found.id,
        "state": "collected",
        "real_size": size_of(world, found, one),
        "patch_id_sha": None,
    }


def note_type(note: Note, *, alone: bool) -> str | None:
    """DiffNote on a file, DiscussionNote in a discussion, None for a note by itself."""
    if note.path is not None:
        return "DiffNote"
    return None if alone and not note.resolvable else "DiscussionNote"


def note(world: World, one: Note) -> dict[str, Any]:
    """A note ("Notes API")."""
    found = world.merge_requests[one.merge_request_id]
    alone = sum(other.discussion_id == one.discussion_id for other in world.conversation.of(found)) == 1
    shape: dict[str, Any] = {
        "id": one.id,
        "type": note_type(one, alone=alone),
        "body": one.body,
        "attachment": None,
        "author": user(world, one.author),
        "created_at": moment(one.created_at),
        "updated_at": moment(one.updated_at),
        "system": one.system,
        "noteable_id": found.id,
        "noteable_type": "MergeRequest",
        "project_id": found.repository_id,
        "noteable_iid": found.number,
        "resolvable": one.resolvable,
        "confidential": False,
        "internal": False,
        "imported": False,
        "imported_from": "none",
        "commands_changes": {},
    }
    if one.resolvable:
        shape |= {
            "resolved": one.resolved_by is not None,
            "resolved_by": user(world, one.resolved_by) if one.resolved_by else None,
            "resolved_at": moment(one.updated_at) if one.resolved_by else None,
        }
    if one.path is not None:
        shape |= {"commit_id": None, "position": one.position, "suggestions": []}
    return shape


def discussion(world: World, notes: list[Note]) -> dict[str, Any]:
    """A discussion with its notes ("Discussions API")."""
    alone = len(notes) == 1 and not notes[0].resolvable
    return {"id": notes[0].discussion_id, "individual_note": alone, "notes": [note(world, one) for one in notes]}


def reaction(world: World, one: Reaction, awardable_id: int, kind: str) -> dict[str, Any]:
    """An emoji reaction ("Emoji reactions API")."""
    return {
        "id": one.id,
        "name": one.content,
        "user": user(world, one.login),
        "created_at": moment(one.created_at),
        "updated_at": moment(one.created_at),
        "awardable_id": awardable_id,
        "awardable_type": kind,
        "url": None,
    }


def hook_user(world: World, login: str) -> dict[str, Any]:
    """An account in a webhook; addresses that are not public are hidden ("Webhook events")."""
    account = world.account(login)
    return {
        "id": account.id,
        "name": account.name,
        "username": login,
        "avatar_url": None,
        "email": "[REDACTED]",
    }


def hook_project(world: World, repository: Repository) -> dict[str, Any]:
    """A project in a webhook."""
    page, ssh = page_of(world, repository), f"git@sandbox.invalid:{repository.full_name}.git"
    return {
        "id": repository.id,
        "name": repository.name,
        "description": None,
        "web_url": page,
        "avatar_url": None,
        "git_ssh_url": ssh,
        "git_http_url": f"{page}.git",
        "namespace": world.account(repository.owner).name,
        "visibility_level": 0 if repository.private else 20,
        "path_with_namespace": repository.full_name,
        "default_branch": repository.default_branch,
        "ci_config_path": None,
        "homepage": page,
        "url": ssh,
        "ssh_url": ssh,
        "http_url": f"{page}.git",
    }
