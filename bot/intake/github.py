"""GitHub's webhooks: what each of them asks for ("Webhook events and payloads")."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.intake import pushes
from bot.intake.events import (
    Event,
    HeadReviewRequested,
    Ignored,
    QueueEntryRequested,
    RepositoriesChanged,
    RepositoryGone,
    RepositoryMoved,
    ReviewRequested,
)
from bot.intake.payloads import MalformedError, lookup, objects, required
from bot.intake.shown import on_github

Payload = Mapping[str, Any]

_REVIEWED = frozenset({"opened", "reopened", "synchronize", "ready_for_review", "converted_to_draft", "closed"})
"""Actions after which the content or the standing of a pull request is new. One that is merged is `closed`."""
_REVIEW_ACTIONS = frozenset({"submitted", "dismissed"})
RECHECK = "recheck"
"""Identifier of the button under our check that asks for another look (at most 20 characters)."""
_QUEUED = re.compile(r"/pr-(\d{1,9})-[0-9a-f]+$")
"""A merge queue's branch names the last pull request in it: `gh-readonly-queue/main/pr-104-929f8209`."""


def parse(event: str, payload: Payload) -> Event:
    """What a delivery of this event asks for. Raises MalformedError."""
    read = _READERS.get(event)
    return read(payload) if read is not None else Ignored(f"the event {event[:60]!r} is none we act on")


def _ping(_payload: Payload) -> Event:
    return Ignored("GitHub asks whether anybody is here")


def _pull_request(payload: Payload) -> Event:
    action = required(payload, "action", str)
    if action == "edited":
        if not lookup(payload, "changes.base", dict):
            return Ignored("only the text of the pull request was edited")
    elif action not in _REVIEWED:
        return Ignored(f"the action {action[:60]!r} changes nothing that is judged")
    return _requested(payload, f"pull_request.{action}")


def _reviewed(payload: Payload) -> Event:
    """A person's review. One that only comments leaves who approves as it was."""
    action = required(payload, "action", str)
    state = (lookup(payload, "review.state", str) or "").lower()
    if action not in _REVIEW_ACTIONS or state == "commented":
        return Ignored("the review neither approves nor takes an approval back")
    return _requested(payload, f"pull_request_review.{action}")


def _requested(payload: Payload, cause: str) -> ReviewRequested:
    return ReviewRequested(
        **_repository(payload, cause),
        number=required(payload, "pull_request.number", int),
        head=lookup(payload, "pull_request.head.sha", str),
        shown=on_github(payload),
    )


def _check_run(payload: Payload) -> Event:
    action = required(payload, "action", str)
    if action == "requested_action":
        if lookup(payload, "requested_action.identifier", str) != RECHECK:
            return Ignored("the button that was pressed is none of ours")
    elif action != "rerequested":
        return Ignored(f"the action {action[:60]!r} asks for no check")
    return _checked_again(payload, "check_run", f"check_run.{action}")


def _check_suite(payload: Payload) -> Event:
    action = required(payload, "action", str)
    if action != "rerequested":
        return Ignored(f"the action {action[:60]!r} asks for no check")
    return _checked_again(payload, "check_suite", f"check_suite.{action}")


def _checked_again(payload: Payload, of: str, cause: str) -> Event:
    """The pull request, where the delivery names just one of this repository: for a fork's it names none."""
    repository = _repository(payload, cause)
    head = required(payload, f"{of}.head_sha", str)
    here = [
        number
        for pull in objects(payload, f"{of}.pull_requests")
        if str(lookup(pull, "base.repo.id", int)) == repository["repository_id"]
        and (number := lookup(pull, "number", int)) is not None
    ]
    if len(here) == 1:
        return ReviewRequested(**repository, number=here[0], head=head)
    return HeadReviewRequested(**repository, head=head)


def _merge_group(payload: Payload) -> Event:
    action = required(payload, "action", str)
    if action != "checks_requested":
        return Ignored("the merge queue no longer waits for this entry")
    queued = _QUEUED.search(required(payload, "merge_group.head_ref", str))
    return QueueEntryRequested(
        **_repository(payload, f"merge_group.{action}"),
        head=required(payload, "merge_group.head_sha", str),
        base=required(payload, "merge_group.base_sha", str),
        branch=required(payload, "merge_group.base_ref", str).removeprefix("refs/heads/"),
        numbers=(int(queued.group(1)),) if queued else (),
    )


def _push(payload: Payload) -> Event:
    return pushes.pushed(payload, _repository(payload, "push"), total=None)


def _installation(payload: Payload) -> Event:
    action = required(payload, "action", str)
    repositories = _named(payload, "repositories")
    if action in {"created", "unsuspend"}:
        return _changed(payload, f"installation.{action}", added=repositories)
    if action in {"deleted", "suspend"}:
        return _changed(payload, f"installation.{action}", removed=repositories)
    return Ignored("the permissions of the installation changed, and not its repositories")


def _installation_repositories(payload: Payload) -> Event:
    cause = f"installation_repositories.{required(payload, 'action', str)}"
    added, removed = _named(payload, "repositories_added"), _named(payload, "repositories_removed")
    return _changed(payload, cause, added=added, removed=removed)


def _changed(payload: Payload, cause: str, **repositories: tuple[tuple[str, str], ...]) -> Event:
    return RepositoriesChanged(
        forge="github",
        host=_host(required(payload, "installation.html_url", str)),
        owner=required(payload, "installation.account.login", str),
        cause=cause,
        **repositories,
    )


def _named(payload: Payload, path: str) -> tuple[tuple[str, str], ...]:
    rows = [(lookup(row, "id", int), lookup(row, "full_name", str)) for row in objects(payload, path)]
    return tuple((str(number), name) for number, name in rows if number is not None and name is not None)


def _repository_changed(payload: Payload) -> Event:
    action = required(payload, "action", str)
    if action in {"renamed", "transferred"}:
        return RepositoryMoved(**_repository(payload, f"repository.{action}"))
    if action == "deleted":
        return RepositoryGone(**_repository(payload, f"repository.{action}"))
    return Ignored(f"the action {action[:60]!r} changes nothing that is judged")


def _comment(_payload: Payload) -> Event:
    return Ignored("a comment brings no new work")


def _repository(payload: Payload, cause: str) -> dict[str, Any]:
    return {
        "forge": "github",
        "host": _host(required(payload, "repository.html_url", str)),
        "repository_id": str(required(payload, "repository.id", int)),
        "repository": required(payload, "repository.full_name", str),
        "cause": cause,
    }


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError as error:
        raise MalformedError("the payload has no address at 'html_url'") from error


_READERS: Mapping[str, Callable[[Payload], Event]] = {
    "ping": _ping,
    "pull_request": _pull_request,
    "pull_request_review": _reviewed,
    "pull_request_review_comment": _comment,
    "issue_comment": _comment,
    "check_run": _check_run,
    "check_suite": _check_suite,
    "merge_group": _merge_group,
    "push": _push,
    "installation": _installation,
    "installation_repositories": _installation_repositories,
    "repository": _repository_changed,
}

EVENTS = frozenset(_READERS)
"""Events that are read."""
