"""Who asks, and what they may do ("API Usage", Authentication)."""

from __future__ import annotations

from flask import g, request

from bot.sandbox.current import world
from bot.sandbox.forgejo.answers import ApiError, not_found
from bot.sandbox.model import Access, Forge, MergeRequest, Repository
from bot.sandbox.world import Actor


def actor() -> Actor | None:
    """Whom the request's token stands for, None for anonymous requests. An unknown token is a 401."""
    if "forgejo_actor" not in g:
        scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
        known = world().actor_of(token.strip()) if scheme.lower() in ("token", "bearer") else None
        if scheme and known is None:
            raise ApiError(401, "user does not exist [uid: 0, name: ]")
        _check_scope(known)
        g.forgejo_actor = known
    found: Actor | None = g.forgejo_actor
    return found


def _check_scope(known: Actor | None) -> None:
    """A token of the sandbox may have `read` and `write` for all of Forgejo's categories of scopes."""
    scopes = known.token.scopes if known else frozenset()
    if scopes and request.method != "GET" and "write" not in scopes:
        raise ApiError(403, "token does not have at least one of required scope(s): [write:repository]")


def user() -> Actor:
    """Whom the request's token stands for; anonymous requests get a 401."""
    known = actor()
    if known is None:
        raise ApiError(401, "token is required")
    return known


def readable(owner: str, name: str) -> Repository:
    """The repository of a path, if the request may see it; else 404."""
    return _checked(world().find_repository(f"{owner}/{name}", Forge.FORGEJO))


def readable_by_id(number: int) -> Repository:
    """The repository of an id, if the request may see it; else 404."""
    return _checked(world().find_repository(number, Forge.FORGEJO))


def _checked(found: Repository | None) -> Repository:
    if found is None or world().access(found, actor()) < Access.READ:
        raise not_found()
    return found


def authorise(repository: Repository, needed: Access) -> str:
    """Login of whoever asks, if they have this role in the repository; else 401 or 403."""
    who = user()
    if world().access(repository, who) < needed:
        raise ApiError(403, "user should have a permission to write to a repo")
    return who.account.login


def pull(owner: str, name: str, number: int) -> tuple[Repository, MergeRequest]:
    """The pull request of a path, if the request may see it; else 404."""
    repository = readable(owner, name)
    found = world().find_merge_request(repository, number)
    if found is None:
        raise not_found()
    return repository, found
