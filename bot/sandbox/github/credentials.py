"""Who asks, and what they may do: tokens, App JWTs, permissions ("Authenticating to the REST API")."""

from __future__ import annotations

import base64
import binascii
import time

import jwt
from flask import g, request

from bot.sandbox.current import world
from bot.sandbox.github.answers import ApiError, not_found
from bot.sandbox.model import Access, App, Forge, MergeRequest, Repository
from bot.sandbox.world import Actor

LONGEST_JWT = 600
"""Seconds that an App's JWT may live ("Generating a JSON Web Token (JWT) for a GitHub App")."""


def presented_token() -> str | None:
    """The secret in the Authorization header, of whatever scheme; None without one."""
    scheme, _, rest = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() in ("token", "bearer"):
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(rest.strip()).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return rest
        return password or user
    return None


def actor() -> Actor | None:
    """Whom the request's token stands for, None for anonymous requests. An unknown token is a 401."""
    if "sandbox_actor" not in g:
        token = presented_token()
        g.sandbox_actor = world().actor_of(token)
        if token and g.sandbox_actor is None:
            raise ApiError(401, "Bad credentials")
    known: Actor | None = g.sandbox_actor
    return known


def user() -> Actor:
    """Whom the request's token stands for; anonymous requests get a 401."""
    known = actor()
    if known is None:
        raise ApiError(401, "Requires authentication")
    return known


def app() -> App:
    """The App whose JWT the request carries."""
    token = presented_token()
    if not token:
        raise ApiError(401, "A JSON web token could not be decoded")
    try:
        claimed = jwt.decode(token, options={"verify_signature": False})
        known = world().apps.get(int(claimed.get("iss", "")))
        if known is None:
            raise ApiError(401, "Integration not found")
        options = {"require": ["exp", "iat", "iss"], "verify_iss": False}
        claims = jwt.decode(token, known.public_key, algorithms=["RS256"], options=options)  # type: ignore[arg-type]
    except jwt.ExpiredSignatureError:
        raise ApiError(401, "'Expiration time' claim ('exp') must be a numeric value representing the future") from None
    except (jwt.PyJWTError, ValueError, TypeError):
        raise ApiError(401, "A JSON web token could not be decoded") from None
    if claims["exp"] - time.time() > LONGEST_JWT + 60:
        raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
    return known


def readable(owner: str, name: str, permission: str = "metadata") -> Repository:
    """The repository of a path, if the request may see it; else 404. `permission` is what an App needs for it."""
    found = world().find_repository(f"{owner}/{name}", Forge.GITHUB)
    return _checked(found, permission)


def readable_by_id(number: int) -> Repository:
    """The repository of an id, if the request may see it; else 404."""
    return _checked(world().find_repository(number, Forge.GITHUB), "metadata")


def _checked(found: Repository | None, permission: str) -> Repository:
    who = actor()
    if found is None or world().access(found, who) < Access.READ:
        raise not_found()
    permissions = who.token.permissions if who else None
    if found.private and permissions is not None and permission != "metadata" and permission not in permissions:
        raise ApiError(403, "Resource not accessible by integration")
    return found


def authorise(repository: Repository, access: Access, *permissions: str) -> Actor:
    """Who may write here, else 401 or 403: a person needs `access`, an App one of the `permissions` with `write`."""
    who = user()
    granted = who.token.permissions
    if granted is not None:
        inside = who.token.repository_ids is None or repository.id in who.token.repository_ids
        if not inside or not any(granted.get(name) == "write" for name in permissions):
            raise ApiError(403, "Resource not accessible by integration")
    elif world().role(repository, who.account.login) < access:
        raise ApiError(
            403, "Must have push access to repository" if access <= Access.WRITE else "Must have admin rights"
        )
    return who


def pull(owner: str, name: str, number: int) -> tuple[Repository, MergeRequest]:
    """The pull request of a path, if the request may see it; else 404."""
    repository = readable(owner, name, "pull_requests")
    found = world().find_merge_request(repository, number)
    if found is None:
        raise not_found()
    return repository, found
