"""Webhooks of a repository or an organisation ("Webhooks")."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify

from bot.sandbox.current import world
from bot.sandbox.forgejo import answers, credentials
from bot.sandbox.forgejo.answers import moment
from bot.sandbox.model import Access, Forge, Hook, Repository

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


_REPOSITORY = "/repos/<owner>/<name>/hooks"
_ORGANISATION = "/orgs/<owner>/hooks"


@routes.get(_REPOSITORY)
@routes.get(_ORGANISATION)
def list_hooks(owner: str, name: str = "") -> Response:
    """The hooks."""
    repository = _own(owner, name)
    return answers.page([one for one in world().hooks.values() if _is_of(one, repository, owner)], _shape)


@routes.get(f"{_REPOSITORY}/<int:number>")
@routes.get(f"{_ORGANISATION}/<int:number>")
def get_hook(owner: str, number: int, name: str = "") -> Response:
    """One hook; its secret is never told."""
    return jsonify(_shape(_hook(owner, name, number)))


@routes.post(_REPOSITORY)
@routes.post(_ORGANISATION)
def create_hook(owner: str, name: str = "") -> tuple[Response, int]:
    """Add a hook; without events it is told of pushes only, and without `active` of nothing."""
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
    url, secret = _url(config), str(config.get("secret", ""))
    if repository is not None:
        hook = world().add_hook(repository, url, secret, events=events)
    else:
        hook = world().add_owner_hook(owner, Forge.FORGEJO, url, secret, events=events)
    world().hooks[hook.id] = hook = replace(hook, active=body.get("active") is True)
    return jsonify(_shape(hook)), 201


@routes.patch(f"{_REPOSITORY}/<int:number>")
@routes.patch(f"{_ORGANISATION}/<int:number>")
def update_hook(owner: str, number: int, name: str = "") -> Response:
    """Change a hook, all but its secret (Forgejo's `editHook`)."""
    known = _hook(owner, name, number)
    body = answers.sent()
    config = body.get("config")
    config = config if isinstance(config, dict) else {}
    changed = replace(
        known,
        url=_url(config) if "url" in config else known.url,
        events=_wanted(body.get("events") or ["push"]),
        active=bool(body["active"]) if "active" in body else known.active,
    )
    world().hooks[known.id] = changed
    return jsonify(_shape(changed))


@routes.delete(f"{_REPOSITORY}/<int:number>")
@routes.delete(f"{_ORGANISATION}/<int:number>")
def delete_hook(owner: str, number: int, name: str = "") -> tuple[str, int]:
    """Remove a hook."""
    del world().hooks[_hook(owner, name, number).id]
    return "", 204


def _own(owner: str, name: str) -> Repository | None:
    """The repository whose hooks they are, None for an organisation's, which only its owners see."""
    if name:
        repository = credentials.readable(owner, name)
        credentials.authorise(repository, Access.ADMIN)
        return repository
    account = world().accounts.get(owner)
    if account is None or account.kind != "Organization":
        raise answers.not_found()
    who = credentials.user().account.login
    if who not in world().teams.get(f"{owner}/Owners", set()):
        raise answers.ApiError(403, "Must be an organization owner")
    return None


def _is_of(hook: Hook, repository: Repository | None, owner: str) -> bool:
    if repository is not None:
        return hook.repository_id == repository.id
    return hook.owner == owner and hook.forge is Forge.FORGEJO


def _hook(owner: str, name: str, number: int) -> Hook:
    repository = _own(owner, name)
    found = world().hooks.get(number)
    if found is None or not _is_of(found, repository, owner):
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
    home = None if hook.owner else world().repository(hook.repository_id)
    created = moment(home.created_at if home is not None else world().now())
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
        "active": hook.active,
        "updated_at": created,
        "created_at": created,
    }
