"""Webhooks of a project ("Project webhooks API")."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from flask import jsonify

from bot.sandbox.current import world
from bot.sandbox.gitlab import answers, credentials
from bot.sandbox.gitlab.routing import Answer, Routes
from bot.sandbox.model import Access, Hook, Repository

routes = Routes()

EVENTS = {
    "push_events": "Push Hook",
    "merge_requests_events": "Merge Request Hook",
    "note_events": "Note Hook",
    "tag_push_events": "Tag Push Hook",
    "issues_events": "Issue Hook",
    "confidential_issues_events": "Confidential Issue Hook",
    "confidential_note_events": "Confidential Note Hook",
    "wiki_page_events": "Wiki Page Hook",
    "deployment_events": "Deployment Hook",
    "feature_flag_events": "Feature Flag Hook",
    "resource_access_token_events": "Resource Access Token Hook",
    "job_events": "Job Hook",
    "pipeline_events": "Pipeline Hook",
    "releases_events": "Release Hook",
}
"""The switches of a hook and the events they let through."""
_ADDRESS = "/projects/:project/hooks"


@routes.on("GET", _ADDRESS)
def list_hooks(project: str) -> Answer:
    """The hooks of a project."""
    repository = _own(project)
    rows = [one for one in world().hooks.values() if one.repository_id == repository.id]
    return answers.page(rows, _shape)


@routes.on("GET", f"{_ADDRESS}/:hook")
def get_hook(project: str, hook: str) -> Answer:
    """One hook; its secret is never told."""
    return jsonify(_shape(_hook(_own(project), hook)))


@routes.on("POST", _ADDRESS)
def create_hook(project: str) -> Answer:
    """Add a hook; without switches it is told of pushes only."""
    repository = _own(project)
    values = answers.sent()
    url = _url(values)
    hook = world().add_hook(
        repository,
        url,
        str(values.get("token") or ""),
        events=_wanted(values, frozenset({"Push Hook"})),
        signing_token=values.get("signing_token"),
    )
    return jsonify(_shape(hook)), 201


@routes.on("PUT", f"{_ADDRESS}/:hook")
def update_hook(project: str, hook: str) -> Answer:
    """Change a hook."""
    known = _hook(_own(project), hook)
    values = answers.sent()
    changed = replace(
        known,
        url=_url(values) if "url" in values else known.url,
        secret=str(values.get("token", known.secret)),
        events=_wanted(values, known.events if known.events is not None else frozenset(EVENTS.values())),
    )
    world().hooks[known.id] = changed
    return jsonify(_shape(changed))


@routes.on("DELETE", f"{_ADDRESS}/:hook")
def delete_hook(project: str, hook: str) -> Answer:
    """Remove a hook."""
    del world().hooks[_hook(_own(project), hook).id]
    return "", 204


def _own(project: str) -> Repository:
    repository = credentials.project(project)
    credentials.authorise(repository, Access.MAINTAIN)
    return repository


def _hook(repository: Repository, key: str) -> Hook:
    found = world().hooks.get(answers.number(key))
    if found is None or found.repository_id != repository.id:
        raise answers.not_found()
    return found


def _url(values: dict[str, Any]) -> str:
    url = values.get("url")
    if not isinstance(url, str):
        raise answers.invalid("url", "is missing")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise answers.ApiError(422, {"error": "Invalid url given"})
    return url


def _wanted(values: dict[str, Any], default: frozenset[str]) -> frozenset[str]:
    switches = {EVENTS[name]: answers.truth(value) for name, value in values.items() if name in EVENTS}
    return (default | {name for name, on in switches.items() if on}) - {
        name for name, on in switches.items() if on is False
    }


def _shape(hook: Hook) -> dict[str, Any]:
    return {
        "id": hook.id,
        "url": hook.url,
        "name": None,
        "description": None,
        "created_at": answers.moment(world().repository(hook.repository_id).created_at),
        "project_id": hook.repository_id,
        **{switch: hook.events is None or event in hook.events for switch, event in EVENTS.items()},
        "push_events_branch_filter": "",
        "branch_filter_strategy": "wildcard",
        "custom_webhook_template": "",
        "enable_ssl_verification": True,
        "repository_update_events": False,
        "alert_status": "executable",
        "disabled_until": None,
        "url_variables": [],
        "custom_headers": [],
    }
