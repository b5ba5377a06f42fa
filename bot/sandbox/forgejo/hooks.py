"""Webhooks of a repository ("Webhooks")."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify

from bot.sandbox.current import world
from bot.sandbox.forgejo import answers, credentials
from bot.sandbox.forgejo.answers import moment
from bot.sandbox.model import Access, Hook, Repository

routes = Blueprint("forgejo_hooks", __name__)

REVIEWS = ("pull_request_review_approved", "pull_request_review_rejected", "pull_request_review_comment")
_PULL_REQUEST = (
    "pull_request",
    "pull_request_assign",
    "pull_request_label",
    "pull_request_milestone",
    "pull_request_comment",
    *REVIEWS,
    "pull_request_sync",
    "pull_request_review_request",
)
_ASKED_AS = {
    "pull_request": frozenset(_PULL_REQUEST),
    "pull_request_only": frozenset({"pull_request"}),
    "pull_request_review": frozenset(REVIEWS),
    "pull_request_comment": frozenset({"pull_request_comment"}),
    "pull_request_sync": frozenset({"pull_request_sync"}),
    "issue_comment": frozenset({"issue_comment"}),
    "push": frozenset({"push"}),
    "repository": frozenset({"repository"}),
}
"""Names by which events are chosen, and the types that each stands for (Forgejo's `pullHook`, `updateHookEvents`)."""


@routes.get("/repos/<owner>/<name>/hooks")
def list_hooks(owner: str, name: str) -> Response:
    """The hooks."""
    repository = _own(owner, name)
    rows = [one for one in world().hooks.values() if one.repository_id == repository.id]
    return answers.page(rows, _shape)


@routes.get("/repos/<owner>/<name>/hooks/<int:number>")
def get_hook(owner: str, name: str, number: int) -> Response:
    """One hook; its secret is never told."""
    return jsonify(_shape(_hook(_own(owner, name), number)))


@routes.post("/repos/<owner>/<name>/hooks")
def create_hook(owner: str, name: str) -> tuple[Response, int]:
    """Add a hook; without events it is told of pushes only."""
    repository = _own(owner, name)
    body = answers.sent()
    if body.get("type") not in ("forgejo", "gitea"):
        raise answers.invalid(f"Invalid hook type: {body.get('type')}")
    config = body.get("config")
    config = config if isinstance(config, dict) else {}
    for option in ("url", "content_type"):
        if option not in config:
            raise answers.invalid(f"Missing config option: {option}")
    if config["content_type"] not in ("json", "form"):
        raise answers.invalid("Invalid content type")
    events = _wanted(body.get("events") or ["push"])
    hook = world().add_hook(repository, _url(config), str(config.get("secret", "")), events=events)
    return jsonify(_shape(hook)), 201


@routes.patch("/repos/<owner>/<name>/hooks/<int:number>")
def update_hook(owner: str, name: str, number: int) -> Response:
    """Change a hook."""
    known = _hook(_own(owner, name), number)
    body = answers.sent()
    config = body.get("config")
    config = config if isinstance(config, dict) else {}
    changed = replace(
        known,
        url=_url(config) if "url" in config else known.url,
        secret=str(config.get("secret", known.secret)),
        events=_wanted(body["events"]) if body.get("events") else known.events,
    )
    world().hooks[known.id] = changed
    return jsonify(_shape(changed))


@routes.delete("/repos/<owner>/<name>/hooks/<int:number>")
def delete_hook(owner: str, name: str, number: int) -> tuple[str, int]:
    """Remove a hook."""
    del world().hooks[_hook(_own(owner, name), number).id]
    return "", 204


def _own(owner: str, name: str) -> Repository:
    repository = credentials.readable(owner, name)
    credentials.authorise(repository, Access.ADMIN)
    return repository


def _hook(repository: Repository, number: int) -> Hook:
    found = world().hooks.get(number)
    if found is None or found.repository_id != repository.id:
        raise answers.not_found()
    return found


def _url(config: dict[str, Any]) -> str:
    url = str(config["url"])
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise answers.invalid("Invalid url")
    return url


def _wanted(names: list[str]) -> frozenset[str]:
    return frozenset().union(*(_ASKED_AS.get(name, frozenset()) for name in names))


def _shape(hook: Hook) -> dict[str, Any]:
    created = moment(world().repository(hook.repository_id).created_at)
    return {
        "id": hook.id,
        "type": "forgejo",
        "branch_filter": "*",
        "url": hook.url,
        "config": {"content_type": "json", "url": hook.url},
        "events": sorted(hook.events) if hook.events is not None else sorted({*_PULL_REQUEST, "push"}),
        "authorization_header": "",
        "content_type": "json",
        "metadata": None,
        "active": True,
        "updated_at": created,
        "created_at": created,
    }
