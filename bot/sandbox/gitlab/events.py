"""What happened, in the words of GitLab's webhooks ("Webhook events")."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.sandbox.diff import changed_files
from bot.sandbox.git import EMPTY_TREE, NO_OBJECT
from bot.sandbox.gitlab import conversation_shapes as words
from bot.sandbox.gitlab.answers import shown
from bot.sandbox.gitlab.shapes import page_of
from bot.sandbox.model import Event, Forge, MergeRequest, Note, Repository, State
from bot.sandbox.world import World

PUSHED_COMMITS = 20
"""Commits that a push names at most; the newest ("Push events")."""
_ACTIONS = {
    "opened": "open",
    "pushed": "update",
    "edited": "update",
    "ready": "update",
    "drafted": "update",
    "closed": "close",
    "reopened": "reopen",
    "merged": "merge",
    "approved": "approved",
    "unapproved": "unapproved",
}
_STATE_IDS = {State.OPEN: 1, State.CLOSED: 2, State.MERGED: 3}
_NOTE_ACTIONS = {"created": "create", "edited": "update"}


def listener(world: World) -> Callable[[Event], None]:
    """A listener that sends GitLab's deliveries for what happens in GitLab's projects."""

    def listen(event: Event) -> None:
        if event.repository.forge is not Forge.GITLAB:
            return
        hooks = world.hooks_for(event)
        worded = payload_of(world, event) if hooks else None
        if worded is None:
            return
        for hook in hooks:
            world.webhooks.send(hook, *worded)

    return listen


def payload_of(world: World, event: Event) -> tuple[str, dict[str, Any]] | None:
    """The name of the event and its payload; None for what GitLab does not tell."""
    if event.note and event.merge_request:
        if event.action not in _NOTE_ACTIONS:
            return None
        return "Note Hook", _note(world, event, event.merge_request, event.note)
    if event.merge_request:
        return "Merge Request Hook", _merge_request(world, event, event.merge_request)
    return ("Push Hook", _push(world, event)) if event.kind == "push" else None


def _around(world: World, event: Event, kind: str) -> dict[str, Any]:
    repository = event.repository
    return {
        "object_kind": kind,
        "event_type": kind,
        "user": words.hook_user(world, event.actor),
        "project": words.hook_project(world, repository),
        "repository": {
            "name": repository.name,
            "url": f"git@sandbox.invalid:{repository.full_name}.git",
            "description": None,
            "homepage": page_of(world, repository),
        },
    }


def _merge_request(world: World, event: Event, found: MergeRequest) -> dict[str, Any]:
    attributes = _attributes(world, found) | {"action": _ACTIONS[event.action]}
    if event.action == "pushed":
        attributes["oldrev"] = event.before
    return _around(world, event, "merge_request") | {
        "object_attributes": attributes,
        "labels": [],
        "changes": _changes(event, found),
        "assignees": [],
        "reviewers": [],
    }


def _changes(event: Event, found: MergeRequest) -> dict[str, Any]:
    old = event.previous
    now = {"title": words.title_of(found), "description": found.body, "target_branch": found.target_branch}
    names = {"title": "title", "body": "description", "target_branch": "target_branch"}
    changes = {
        names[name]: {"previous": value, "current": now[names[name]]} for name, value in old.items() if name in names
    }
    if event.action in ("drafted", "ready"):
        plain = found.title.removeprefix(words.DRAFT)
        titles = [plain, words.DRAFT + plain]
        previous, current = titles if found.draft else titles[::-1]
        changes["title"] = {"previous": previous, "current": current}
        changes["draft"] = {"previous": not found.draft, "current": found.draft}
    if event.action in ("closed", "reopened", "merged"):
        before = State.CLOSED if event.action == "reopened" else State.OPEN
        changes["state_id"] = {"previous": _STATE_IDS[before], "current": _STATE_IDS[found.state]}
    return changes


def _attributes(world: World, found: MergeRequest) -> dict[str, Any]:
    target = world.repository(found.repository_id)
    source = world.repositories.get(found.source_repository_id or 0)
    resolved = not words.unresolved(world, found)
    return {
        "id": found.id,
        "iid": found.number,
        "target_branch": found.target_branch,
        "source_branch": found.source_branch,
        "source_project_id": found.source_repository_id,
        "author_id": world.account(found.author).id,
        "assignee_ids": [],
        "assignee_id": None,
        "reviewer_ids": [],
        "title": words.title_of(found),
        "created_at": _moment(found.created_at),
        "updated_at": _moment(found.updated_at),
        "last_edited_at": None,
        "last_edited_by_id": None,
        "milestone_id": None,
        "state_id": _STATE_IDS[found.state],
        "state": words.state_of(found),
        "blocking_discussions_resolved": resolved,
        "work_in_progress": found.draft,
        "draft": found.draft,
        "first_contribution": False,
        "merge_status": "checking" if found.state is State.OPEN else "can_be_merged",
        "detailed_merge_status": "checking" if found.state is State.OPEN else "not_open",
        "target_project_id": target.id,
        "description": found.body,
        "prepared_at": _moment(found.created_at),
        "total_time_spent": 0,
        "time_change": 0,
        "human_total_time_spent": None,
        "human_time_estimate": None,
        "human_time_change": None,
        "url": words.url_of(world, found),
        "source": words.hook_project(world, source) if source else None,
        "target": words.hook_project(world, target),
        "last_commit": _commit(world, target, found.head),
        "labels": [],
        "merge_error": None,
        "merge_user_id": None,
        "merge_params": {"force_remove_source_branch": "0"},
        "merge_when_pipeline_succeeds": False,
        "merge_commit_sha": None,
        "head_pipeline_id": None,
        "updated_by_id": None,
        "time_estimate": 0,
    }


def _note(world: World, event: Event, found: MergeRequest, note: Note) -> dict[str, Any]:
    others = [one for one in world.conversation.of(found) if one.discussion_id == note.discussion_id]
    attributes = {
        "attachment": None,
        "author_id": world.account(note.author).id,
        "change_position": note.position,
        "commit_id": None,
        "created_at": _moment(note.created_at),
        "discussion_id": note.discussion_id,
        "id": note.id,
        "internal": False,
        "line_code": f"{note.commit_sha}_{note.line}_{note.line}" if note.line else None,
        "note": note.body,
        "noteable_id": found.id,
        "noteable_type": "MergeRequest",
        "original_position": note.position,
        "position": note.position,
        "project_id": found.repository_id,
        "resolved_at": None,
        "resolved_by_id": None,
        "resolved_by_push": None,
        "st_diff": None,
        "system": False,
        "type": words.note_type(note, alone=len(others) == 1),
        "updated_at": _moment(note.updated_at),
        "updated_by_id": None,
        "description": note.body,
        "url": f"{words.url_of(world, found)}#note_{note.id}",
        "action": _NOTE_ACTIONS[event.action],
    }
    around = _around(world, event, "note")
    return around | {
        "project_id": found.repository_id,
        "object_attributes": attributes,
        "merge_request": _attributes(world, found),
    }


def _push(world: World, event: Event) -> dict[str, Any]:
    git = event.repository.git
    account = world.account(event.actor)
    project = words.hook_project(world, event.repository)
    commits = [event.after] if event.before == NO_OBJECT else git.commits(event.before, event.after)
    names = ("name", "url", "description", "homepage", "git_http_url", "git_ssh_url", "visibility_level")
    return {
        "object_kind": "push",
        "event_name": "push",
        "before": event.before,
        "after": event.after,
        "ref": event.ref,
        "ref_protected": event.ref == f"refs/heads/{event.repository.default_branch}",
        "checkout_sha": event.after,
        "message": None,
        "user_id": account.id,
        "user_name": account.name,
        "user_username": account.login,
        "user_email": None,
        "user_avatar": None,
        "project_id": event.repository.id,
        "project": project,
        "commits": [_pushed_commit(world, event.repository, sha) for sha in commits[-PUSHED_COMMITS:]],
        "total_commits_count": len(commits),
        "push_options": {},
        "repository": {name: project[name] for name in names},
    }


def _commit(world: World, repository: Repository, sha: str) -> dict[str, Any]:
    record = repository.git.read_commit(sha)
    return {
        "id": record.sha,
        "message": record.message,
        "title": record.message.partition("\n")[0],
        "timestamp": record.committer_date,
        "url": f"{page_of(world, repository)}/-/commit/{record.sha}",
        "author": {"name": record.author_name, "email": record.author_email},
    }


def _pushed_commit(world: World, repository: Repository, sha: str) -> dict[str, Any]:
    parents = repository.git.read_commit(sha).parents
    files = changed_files(repository.git, parents[0] if parents else EMPTY_TREE, sha)
    return _commit(world, repository, sha) | {
        "added": [shown(file.path) for file in files if file.letter in "ARC"],
        "modified": [shown(file.path) for file in files if file.letter in "MT"],
        "removed": [shown(file.previous_path or file.path) for file in files if file.letter in "DR"],
    }


def _moment(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M:%S UTC")
