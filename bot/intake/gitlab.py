"""GitLab's webhooks: which of them ask for a review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.intake.events import Event, Ignored, ReviewRequested
from bot.intake.payloads import lookup, required

_REVIEWED = frozenset({"open", "reopen", "close", "merge", "approval", "approved", "unapproval", "unapproved"})
"""Actions after which the content, the standing or the approvals are new. GitLab says `approved` of the approval that
was still needed, and `approval` of any other ("Webhook events", merge request events)."""


def parse(event: str, payload: Mapping[str, Any]) -> Event:
    """What a delivery of this event asks for. Raises MalformedError."""
    del event  # a system hook carries the same payloads under another header
    kind = required(payload, "object_kind", str)
    if kind != "merge_request":
        return Ignored(f"the event {kind[:60]!r} is none we act on")
    action = lookup(payload, "object_attributes.action", str) or ""
    if action == "update":
        if not _is_new_work(payload):
            return Ignored("neither the commits nor the target of the merge request changed")
    elif action not in _REVIEWED:
        return Ignored(f"the action {action[:60]!r} changes nothing that is judged")
    return ReviewRequested(
        forge="gitlab",
        host=urlsplit(required(payload, "project.web_url", str)).hostname or "",
        repository_id=str(required(payload, "project.id", int)),
        repository=required(payload, "project.path_with_namespace", str),
        number=required(payload, "object_attributes.iid", int),
        head=lookup(payload, "object_attributes.last_commit.id", str),
        cause=f"merge_request.{action}",
    )


def _is_new_work(payload: Mapping[str, Any]) -> bool:
    """GitLab sets `oldrev` only where commits were pushed; labels and titles change without it."""
    return (
        lookup(payload, "object_attributes.oldrev", str) is not None
        or lookup(payload, "changes.target_branch", dict) is not None
        or lookup(payload, "changes.draft", dict) is not None
    )
