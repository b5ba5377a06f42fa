"""Who asks, and what they may do ("REST API authentication", "Roles and permissions")."""

from __future__ import annotations

from flask import g, request

from bot.sandbox.current import world
from bot.sandbox.gitlab.answers import ApiError, forbidden, not_found, number, unauthorised
from bot.sandbox.model import Access, Forge, MergeRequest, Repository
from bot.sandbox.world import Actor

READING_SCOPES = frozenset({"api", "read_api"})


def presented_token() -> str | None:
    """The secret in PRIVATE-TOKEN, the query, or as Bearer; None without one."""
    private = request.headers.get("PRIVATE-TOKEN") or request.args.get("private_token")
    if private:
        return private
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else None


def actor() -> Actor | None:
    """Whom the request's token stands for, None for anonymous requests. An unknown token is a 401."""
    if "gitlab_actor" not in g:
        token = presented_token()
        known = world().actor_of(token)
        if token and known is None:
            raise unauthorised()
        _check_scope(known)
        g.gitlab_actor = known
    found: Actor | None = g.gitlab_actor
    return found


def _check_scope(known: Actor | None) -> None:
    scopes = known.token.scopes if known else frozenset()
    writes = request.method not in ("GET", "HEAD")
    if scopes and not scopes & (READING_SCOPES - ({"read_api"} if writes else set())):
        description = "The request requires higher privileges than provided by the access token."
        raise ApiError(403, {"error": "insufficient_scope", "error_description": description, "scope": "api"})


def user() -> Actor:
    """Whom the request's token stands for; anonymous requests get a 401."""
    known = actor()
    if known is None:
        raise unauthorised()
    return known


def project(key: str) -> Repository:
    """The project of an id or a full path, if the request may see it; else 404."""
    found = world().find_repository(int(key) if key.isascii() and key.isdigit() else key, Forge.GITLAB)
    if found is None or world().access(found, actor()) < Access.READ:
        raise not_found("Project")
    return found


def authorise(repository: Repository, needed: Access) -> str:
    """Login of whoever asks, if they have this role in the project; else 401 or 403."""
    who = user()
    if world().access(repository, who) < needed:
        raise forbidden()
    return who.account.login


def merge_request(key: str, iid: str) -> tuple[Repository, MergeRequest]:
    """The merge request of an address, if the request may see it; else 404."""
    repository = project(key)
    found = world().find_merge_request(repository, number(iid))
    if found is None:
        raise not_found()
    return repository, found


def membership(repository: Repository, login: str) -> Access:
    """The role of a member, NONE for everybody else, also where the project is public."""
    owner = Access.ADMIN if login == repository.owner else Access.NONE
    return max(repository.access.get(login, Access.NONE), owner)
