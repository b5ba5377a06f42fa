"""Forgejo's webhooks, and Gitea's, which are the same: what each of them asks for ("Webhooks")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.intake import pushes
from bot.intake.events import Event, Ignored, InventoryRequested, RepositoryGone, ReviewRequested
from bot.intake.payloads import MalformedError, lookup, required

Payload = Mapping[str, Any]

_REVIEWED = frozenset({"opened", "reopened", "synchronized", "closed"})
"""Actions after which the content or the standing of a pull request is new. One that is merged is `closed`."""
_DRAFT = ("wip:", "[wip]")
"""What the title of a draft begins with, in any case (WORK_IN_PROGRESS_PREFIXES)."""


def parse(event: str, payload: Payload) -> Event:
    """What a delivery of this event asks for. Raises MalformedError."""
    read = _READERS.get(event)
    return read(payload) if read is not None else Ignored(f"the event {event[:60]!r} is none we act on")


def _pull_request(payload: Payload) -> Event:
    action = required(payload, "action", str)
    if action == "edited":
        if lookup(payload, "changes.ref", dict) is None and not _draft_changed(payload):
            return Ignored("only the text of the pull request was edited")
    elif action not in _REVIEWED:
        return Ignored(f"the action {action[:60]!r} changes nothing that is judged")
    return _requested(payload, f"pull_request.{action}")


def _draft_changed(payload: Payload) -> bool:
    """A draft is one by its title; there is no other event for it."""
    before = lookup(payload, "changes.title.from", str)
    is_draft = lookup(payload, "pull_request.draft", bool)
    return before is not None and is_draft is not None and before.lower().startswith(_DRAFT) is not is_draft


def _reviewed(payload: Payload) -> Event:
    """A person's approval, or a request for changes, which ends the approval of the same person."""
    return _requested(payload, f"pull_request.{required(payload, 'action', str)}")


def _comment(_payload: Payload) -> Event:
    return Ignored("a comment brings no new work")


def _push(payload: Payload) -> Event:
    return pushes.pushed(payload, _repository(payload, "push"), total=lookup(payload, "total_commits", int))


def _repository_changed(payload: Payload) -> Event:
    """Hooks of an organisation or the whole server tell of repositories that come and go."""
    action = required(payload, "action", str)
    if action == "created":
        return InventoryRequested(**_repository(payload, f"repository.{action}"))
    if action == "deleted":
        return RepositoryGone(**_repository(payload, f"repository.{action}"))
    return Ignored(f"the action {action[:60]!r} changes nothing that is judged")


def _requested(payload: Payload, cause: str) -> ReviewRequested:
    return ReviewRequested(
        **_repository(payload, cause),
        number=required(payload, "pull_request.number", int),
        head=lookup(payload, "pull_request.head.sha", str),
    )


def _repository(payload: Payload, cause: str) -> dict[str, Any]:
    address = required(payload, "repository.html_url", str)
    try:
        host = urlsplit(address).hostname or ""
    except ValueError as error:
        raise MalformedError("the payload has no address at 'repository.html_url'") from error
    return {
        "forge": "forgejo",
        "host": host,
        "repository_id": str(required(payload, "repository.id", int)),
        "repository": required(payload, "repository.full_name", str),
        "cause": cause,
    }


_READERS: Mapping[str, Callable[[Payload], Event]] = {
    "pull_request": _pull_request,
    "pull_request_approved": _reviewed,
    "pull_request_rejected": _reviewed,
    # A review that only comments leaves who approves as it was.
    "pull_request_comment": _comment,
    "issue_comment": _comment,
    "push": _push,
    "repository": _repository_changed,
}
