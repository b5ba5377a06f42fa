"""Merge requests as deliveries show them: what an API call would tell, where the payload has all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.intake.payloads import lookup

Shown = dict[str, Any]
"""The values of `rules.facts.MergeRequest`, by name."""

_GITLAB_STATES = {"opened": "open", "locked": "open"}


def on_github(payload: Mapping[str, Any]) -> Shown | None:
    """The pull request of a payload, None where the payload lacks something. The target may have moved on since."""
    pull = lookup(payload, "pull_request", dict) or {}
    url, number, draft = lookup(pull, "html_url", str), lookup(pull, "number", int), lookup(pull, "draft", bool)
    shown: Shown = {
        "forge": "github",
        "host": _host(url),
        "repository_id": _text(lookup(pull, "base.repo.id", int)),
        "repository": lookup(pull, "base.repo.full_name", str),
        "number": number,
        "title": lookup(pull, "title", str),
        "author": lookup(pull, "user.login", str) or "ghost",
        "url": url,
        "source_branch": lookup(pull, "head.ref", str),
        "target_branch": lookup(pull, "base.ref", str),
        "head": lookup(pull, "head.sha", str),
        "base": lookup(pull, "base.sha", str),
        "draft": draft,
        "state": "merged" if lookup(pull, "merged_at", str) else lookup(pull, "state", str),
    }
    if any(value is None for value in shown.values()):
        return None
    # A deleted fork is null.
    source = {
        "source_repository": lookup(pull, "head.repo.full_name", str),
        "source_repository_id": _text(lookup(pull, "head.repo.id", int)),
    }
    return shown | source


def on_gitlab(payload: Mapping[str, Any]) -> Shown | None:
    """The merge request of a payload, None where the payload lacks something.

    GitLab does not tell where the target stands, nor the author's name: those are empty.
    """
    found = lookup(payload, "object_attributes", dict) or {}
    url, state = lookup(found, "url", str), lookup(found, "state", str)
    source = lookup(found, "source_project_id", int)
    shown: Shown = {
        "forge": "gitlab",
        "host": _host(url),
        "repository_id": _text(lookup(found, "target_project_id", int)),
        "repository": lookup(payload, "project.path_with_namespace", str),
        "number": lookup(found, "iid", int),
        "title": lookup(found, "title", str),
        "author": "",
        "url": url,
        "source_branch": lookup(found, "source_branch", str),
        "target_branch": lookup(found, "target_branch", str),
        "head": lookup(found, "last_commit.id", str),
        "base": "",
        "state": _GITLAB_STATES.get(state, state) if state is not None else None,
    }
    if any(value is None for value in shown.values()):
        return None
    draft = lookup(found, "draft", bool)
    is_draft = draft if draft is not None else bool(lookup(found, "work_in_progress", bool))
    return shown | {"source_repository_id": _text(source), "draft": is_draft}


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
