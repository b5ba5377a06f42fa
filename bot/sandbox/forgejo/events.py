"""What happened, in the words of Forgejo's webhooks ("Webhooks", and its `webhookNotifier`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from bot.sandbox.diff import changed_files
from bot.sandbox.forgejo.shapes import accounts, commits, conversation, pulls, repositories
from bot.sandbox.git import EMPTY_TREE, NO_OBJECT
from bot.sandbox.model import Access, Event, Forge, MergeRequest
from bot.sandbox.world import World

_ACTIONS = {
    "opened": "opened",
    "pushed": "synchronized",
    "edited": "edited",
    "ready": "edited",
    "drafted": "edited",
    "closed": "closed",
    "reopened": "reopened",
    "merged": "closed",
}
_REVIEWS = {"APPROVED": "approved", "CHANGES_REQUESTED": "rejected", "COMMENTED": "comment"}


class Worded(NamedTuple):
    """An event as it is sent."""

    event: str
    kind: str
    """The type by which hooks choose; several share one event."""
    payload: dict[str, Any]


def listener(world: World) -> Callable[[Event], None]:
    """A listener that sends Forgejo's deliveries for what happens in its repositories."""

    def listen(event: Event) -> None:
        if event.repository.forge is not Forge.FORGEJO:
            return
        hooks = world.hooks_for(event)
        for worded in _worded(world, event) if hooks else ():
            for hook in hooks:
                world.webhooks.send(hook, worded.event, worded.payload, worded.kind)

    return listen


def _worded(world: World, event: Event) -> list[Worded]:
    """The deliveries of an event; none for what Forgejo does not tell, such as a dismissed review."""
    found = event.merge_request
    if event.kind == "push":
        return [Worded("push", "push", _push(world, event))]
    if found is None:
        return []
    if event.note is not None:
        on_file = event.note.path is not None
        return [] if on_file else [Worded("issue_comment", "pull_request_comment", _comment(world, event, found))]
    if event.review is not None:
        word = _REVIEWS.get(event.review.state)
        return [_review(world, event, found, word)] if event.action == "submitted" and word else []
    kind = "pull_request_sync" if event.action == "pushed" else "pull_request"
    return [Worded("pull_request", kind, payload) for payload in _pull_requests(world, event, found)]


def _around(world: World, event: Event, found: MergeRequest, action: str) -> dict[str, Any]:
    return {
        "action": action,
        "number": found.number,
        "pull_request": pulls.pull(world, found),
        "requested_reviewer": None,
        "repository": repositories.repository(world, event.repository, Access.READ),
        "sender": accounts.user(world, event.actor),
        "commit_id": "",
        "review": None,
    }


def _pull_requests(world: World, event: Event, found: MergeRequest) -> list[dict[str, Any]]:
    """One payload, or for an edit one for each thing that changed."""
    around = _around(world, event, found, _ACTIONS[event.action])
    if event.action in ("ready", "drafted"):
        title = pulls.title_of(found)
        plain = title.removeprefix(pulls.DRAFT)
        return [around | {"changes": {"title": {"from": plain if found.draft else pulls.DRAFT + plain}}}]
    if event.action != "edited":
        return [around]
    names = {"title": "title", "body": "body", "target_branch": "ref"}
    return [around | {"changes": {names[name]: {"from": old}}} for name, old in event.previous.items() if name in names]


def _review(world: World, event: Event, found: MergeRequest, word: str) -> Worded:
    kind = f"pull_request_review_{word}"
    payload = _around(world, event, found, "reviewed") | {
        "requested_reviewer": accounts.user(world, event.actor),
        "review": {"type": kind, "content": event.review.body if event.review else ""},
    }
    return Worded(f"pull_request_{word}", kind, payload)


def _comment(world: World, event: Event, found: MergeRequest) -> dict[str, Any]:
    payload = {
        "action": event.action,
        "issue": pulls.issue(world, found),
        "pull_request": pulls.pull(world, found),
        "comment": conversation.comment(world, event.note) if event.note else None,
        "repository": repositories.repository(world, event.repository, Access.READ),
        "sender": accounts.user(world, event.actor),
        "is_pull": True,
    }
    if "body" in event.previous:
        payload["changes"] = {"body": {"from": event.previous["body"]}}
    return payload


def _push(world: World, event: Event) -> dict[str, Any]:
    repository = event.repository
    shas = [event.after] if event.before == NO_OBJECT else repository.git.commits(event.before, event.after)
    rows = [_pushed(world, event, sha) for sha in shas[::-1]]
    sender = accounts.user(world, event.actor)
    return {
        "ref": event.ref,
        "before": event.before,
        "after": event.after,
        "compare_url": f"{world.url}/{repository.full_name}/compare/{event.before}...{event.after}",
        "commits": rows,
        "total_commits": len(rows),
        "head_commit": rows[0] if rows else None,
        "repository": repositories.repository(world, repository, Access.ADMIN),
        "pusher": sender,
        "sender": sender,
    }


def _pushed(world: World, event: Event, sha: str) -> dict[str, Any]:
    git = event.repository.git
    parents = git.read_commit(sha).parents
    return commits.payload_commit(
        world, event.repository, sha, changed_files(git, parents[0] if parents else EMPTY_TREE, sha)
    )
