"""GitHub's webhooks: which of them ask for a review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.intake.events import Event, Ignored, ReviewRequested
from bot.intake.payloads import lookup, required

_REVIEWED = frozenset({"opened", "reopened", "synchronize", "ready_for_review", "closed"})
"""Actions after which the content or the standing of a pull request is new. One that is merged is `closed`."""

_REVIEW_ACTIONS = frozenset({"submitted", "dismissed"})


def parse(event: str, payload: Mapping[str, Any]) -> Event:
    """What a delivery of this event asks for. Raises MalformedError."""
    if event == "ping":
        return Ignored("GitHub asks whether anybody is here")
    if event == "pull_request_review":
        return _reviewed(payload)
    if event != "pull_request":
        return Ignored(f"the event {event[:60]!r} is none we act on")
    action = required(payload, "action", str)
    if action == "edited":
        if not lookup(payload, "changes.base", dict):
            return Ignored("only the text of the pull request was edited")
    elif action not in _REVIEWED:
        return Ignored(f"the action {action[:60]!r} changes nothing that is judged")
    return _requested(payload, f"pull_request.{action}")


def _reviewed(payload: Mapping[str, Any]) -> Event:
    """A person's review. One that only comments leaves who approves as it was."""
    action = required(payload, "action", str)
    state = (lookup(payload, "review.state", str) or "").lower()
    if action not in _REVIEW_ACTIONS or state == "commented":
        return Ignored("the review neither approves nor takes an approval back")
    return _requested(payload, f"pull_request_review.{action}")


def _requested(payload: Mapping[str, Any], cause: str) -> ReviewRequested:
    return ReviewRequested(
        forge="github",
        host=urlsplit(required(payload, "repository.html_url", str)).hostname or "",
        repository_id=str(required(payload, "repository.id", int)),
        repository=required(payload, "repository.full_name", str),
        number=required(payload, "pull_request.number", int),
        head=lookup(payload, "pull_request.head.sha", str),
        cause=cause,
    )
