"""What happened, in the words of GitHub's webhooks ("Webhook events and payloads")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.sandbox.diff import changed_files
from bot.sandbox.git import EMPTY_TREE, NO_OBJECT
from bot.sandbox.github.answers import shown
from bot.sandbox.github.shapes import accounts, comments, moment, node_id, pulls, repositories
from bot.sandbox.model import Event, Forge, Hook, MergeRequest, Note, Repository, Review
from bot.sandbox.world import World

_PULL_ACTIONS = {
    "opened": "opened",
    "pushed": "synchronize",
    "edited": "edited",
    "closed": "closed",
    "merged": "closed",
    "reopened": "reopened",
    "ready": "ready_for_review",
    "drafted": "converted_to_draft",
}


def listener(world: World) -> Callable[[Event], None]:
    """A listener that sends GitHub's deliveries for what happens in GitHub's repositories."""

    def listen(event: Event) -> None:
        if event.repository.forge is not Forge.GITHUB:
            return
        hooks = world.hooks_for(event)
        if not hooks:
            return
        name, payload = words(world, event)
        payload["repository"] = repositories.repository(world, event.repository)
        payload["sender"] = accounts.simple_user(world, event.actor)
        for hook in hooks:
            world.webhooks.send(hook, name, payload | _addressee(hook))

    return listen


def words(world: World, event: Event) -> tuple[str, dict[str, Any]]:
    """The name of the event and what its payload says, without repository and sender."""
    if event.note and event.merge_request and event.note.path is not None:
        return "pull_request_review_comment", _review_comment(world, event, event.merge_request, event.note)
    if event.note and event.merge_request:
        return "issue_comment", _issue_comment(world, event, event.merge_request, event.note)
    if event.review and event.merge_request:
        return "pull_request_review", _review(world, event, event.merge_request, event.review)
    if event.merge_request:
        return "pull_request", _pull_request(world, event, event.merge_request)
    if event.hook:
        return "ping", _ping(world, event.repository, event.hook)
    return "push", _push(world, event)


def _addressee(hook: Hook) -> dict[str, Any]:
    if hook.installation_id is None:
        return {}
    number = hook.installation_id
    return {"installation": {"id": number, "node_id": node_id("Installation", number)}}


def _pull_request(world: World, event: Event, merge_request: MergeRequest) -> dict[str, Any]:
    payload = {
        "action": _PULL_ACTIONS[event.action],
        "number": merge_request.number,
        "pull_request": pulls.pull(world, merge_request),
    }
    if event.action == "pushed":
        payload |= {"before": event.before, "after": event.after}
    if event.action == "edited":
        payload["changes"] = _changes(event)
    return payload


def _changes(event: Event) -> dict[str, Any]:
    old = event.previous
    changes: dict[str, Any] = {name: {"from": old[name]} for name in ("title", "body") if name in old}
    if "target_branch" in old:
        changes["base"] = {"ref": {"from": old["target_branch"]}, "sha": {"from": old["base_sha"]}}
    return changes


def _issue_comment(world: World, event: Event, merge_request: MergeRequest, note: Note) -> dict[str, Any]:
    payload = {
        "action": event.action,
        "issue": pulls.issue(world, merge_request),
        "comment": comments.issue_comment(world, note),
    }
    if event.action == "edited":
        payload["changes"] = {"body": {"from": event.previous["body"]}}
    return payload


def _review_comment(world: World, event: Event, merge_request: MergeRequest, note: Note) -> dict[str, Any]:
    payload = {
        "action": event.action,
        "pull_request": pulls.simple_pull(world, merge_request),
        "comment": comments.review_comment(world, note),
    }
    if event.action == "edited":
        payload["changes"] = {"body": {"from": event.previous["body"]}}
    return payload


def _review(world: World, event: Event, merge_request: MergeRequest, review: Review) -> dict[str, Any]:
    shape = comments.review(world, review)
    return {
        "action": event.action,
        "pull_request": pulls.simple_pull(world, merge_request),
        # Webhooks write the state in lower case, the API in upper case.
        "review": shape | {"state": review.state.lower(), "body": review.body or None},
    }


def _push(world: World, event: Event) -> dict[str, Any]:
    git = event.repository.git
    created = event.before == NO_OBJECT
    page = repositories.html_url_of(world, event.repository)
    account = world.account(event.actor)
    person = {"name": account.login, "email": account.email}
    shas = [event.after] if created else git.commits(event.before, event.after)
    rows = [_commit(world, event, sha) for sha in shas]
    forced = not created and git.merge_base(event.before, event.after) != event.before
    span = event.after[:12] if created else f"{event.before[:12]}...{event.after[:12]}"
    return {
        "ref": event.ref,
        "before": event.before,
        "after": event.after,
        "created": created,
        "deleted": False,
        "forced": forced,
        "base_ref": None,
        "compare": f"{page}/{'commit' if created else 'compare'}/{span}",
        "commits": rows,
        "head_commit": rows[-1] if rows else None,
        "pusher": person,
    }


def _commit(world: World, event: Event, sha: str) -> dict[str, Any]:
    git = event.repository.git
    record = git.read_commit(sha)
    files = changed_files(git, record.parents[0] if record.parents else EMPTY_TREE, sha)
    return {
        "id": record.sha,
        "tree_id": record.tree,
        "distinct": True,
        "message": record.message,
        "timestamp": record.committer_date,
        "url": f"{repositories.html_url_of(world, event.repository)}/commit/{record.sha}",
        "author": {"name": record.author_name, "email": record.author_email},
        "committer": {"name": record.committer_name, "email": record.committer_email},
        "added": [shown(file.path) for file in files if file.letter in "ARC"],
        "removed": [shown(file.previous_path or file.path) for file in files if file.letter in "DR"],
        "modified": [shown(file.path) for file in files if file.letter in "MT"],
    }


def _ping(world: World, repository: Repository, hook: Hook) -> dict[str, Any]:
    url = f"{repositories.url_of(world, repository)}/hooks/{hook.id}"
    now = moment(world.now())
    return {
        "zen": "Anything added dilutes everything else.",
        "hook_id": hook.id,
        "hook": {
            "type": "Repository",
            "id": hook.id,
            "name": "web",
            "active": True,
            "events": sorted(hook.events) if hook.events else ["*"],
            "config": {"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": hook.url},
            "updated_at": now,
            "created_at": now,
            "url": url,
            "test_url": f"{url}/test",
            "ping_url": f"{url}/pings",
            "deliveries_url": f"{url}/deliveries",
            "last_response": {"code": None, "status": "unused", "message": None},
        },
    }
