"""GitLab's webhooks, of projects, groups and the whole system: what each of them asks for ("Webhook events")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.intake import pushes
from bot.intake.events import (
    Event,
    Ignored,
    InventoryRequested,
    RepositoryGone,
    RepositoryMoved,
    ReviewRequested,
)
from bot.intake.payloads import MalformedError, lookup, required
from bot.intake.shown import on_gitlab

Payload = Mapping[str, Any]

_REVIEWED = frozenset({"open", "reopen", "close", "merge", "approval", "approved", "unapproval", "unapproved"})
"""Actions after which the content, the standing or the approvals are new. GitLab says `approved` of the approval that
was still needed, and `approval` of any other ("Webhook events", merge request events)."""


def parse(event: str, payload: Payload) -> Event:
    """What a delivery of this event asks for. Raises MalformedError."""
    del event  # a system hook carries the same payloads under another header
    # Events of the system and of groups have no `object_kind` ("System hooks").
    kind = lookup(payload, "object_kind", str) or required(payload, "event_name", str)
    read = _READERS.get(kind)
    return read(payload) if read is not None else Ignored(f"the event {kind[:60]!r} is none we act on")


def _merge_request(payload: Payload) -> Event:
    action = lookup(payload, "object_attributes.action", str) or ""
    if action == "update":
        if not _is_new_work(payload):
            return Ignored("neither the commits nor the target of the merge request changed")
    elif action not in _REVIEWED:
        return Ignored(f"the action {action[:60]!r} changes nothing that is judged")
    return ReviewRequested(
        **_project(payload, f"merge_request.{action}"),
        number=required(payload, "object_attributes.iid", int),
        head=lookup(payload, "object_attributes.last_commit.id", str),
        shown=on_gitlab(payload),
    )


def _is_new_work(payload: Payload) -> bool:
    """GitLab sets `oldrev` only where commits were pushed; labels and titles change without it."""
    return (
        lookup(payload, "object_attributes.oldrev", str) is not None
        or lookup(payload, "changes.target_branch", dict) is not None
        or lookup(payload, "changes.draft", dict) is not None
    )


def _push(payload: Payload) -> Event:
    return pushes.pushed(payload, _project(payload, "push"), total=lookup(payload, "total_commits_count", int))


def _note(_payload: Payload) -> Event:
    return Ignored("a comment brings no new work")


def _created(payload: Payload) -> Event:
    return InventoryRequested(**_of_system(payload))


def _moved(payload: Payload) -> Event:
    return RepositoryMoved(**_of_system(payload))


def _gone(payload: Payload) -> Event:
    return RepositoryGone(**_of_system(payload))


def _project(payload: Payload, cause: str) -> dict[str, str]:
    return {
        "forge": "gitlab",
        "host": _host(required(payload, "project.web_url", str)),
        "repository_id": str(_project_id(payload)),
        "repository": required(payload, "project.path_with_namespace", str),
        "cause": cause,
    }


def _project_id(payload: Payload) -> int:
    """Some versions tell it in one place only."""
    for place in ("project.id", "object_attributes.target_project_id", "project_id"):
        if (number := lookup(payload, place, int)) is not None:
            return number
    return required(payload, "project.id", int)


def _of_system(payload: Payload) -> dict[str, str]:
    """What an event about a project itself tells. It names no host: there is one GitLab behind one address of ours."""
    return {
        "forge": "gitlab",
        "host": "",
        "repository_id": str(required(payload, "project_id", int)),
        "repository": required(payload, "path_with_namespace", str),
        "cause": required(payload, "event_name", str)[:60],
    }


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError as error:
        raise MalformedError("the payload has no address at 'project.web_url'") from error


_READERS: Mapping[str, Callable[[Payload], Event]] = {
    "merge_request": _merge_request,
    "push": _push,
    "note": _note,
    "project_create": _created,
    "project_rename": _moved,
    "project_transfer": _moved,
    "project_destroy": _gone,
}
