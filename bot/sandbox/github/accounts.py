"""Accounts, Apps and their installations."""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import Blueprint, Response, jsonify

from bot.sandbox.current import world
from bot.sandbox.github import answers, credentials
from bot.sandbox.github.shapes import accounts, moment, repositories
from bot.sandbox.model import App, Forge, Installation, Token

routes = Blueprint("accounts", __name__)

_LEVELS = {"read": 1, "write": 2, "admin": 3}


@routes.get("/user")
def get_user() -> Response:
    """The account of the token."""
    who = credentials.user()
    if who.token.installation_id is not None:
        raise answers.ApiError(403, "Resource not accessible by integration")
    return jsonify(accounts.private_user(world(), who.account))


@routes.get("/users/<login>")
def get_account(login: str) -> Response:
    """Any account."""
    credentials.actor()
    if login not in world().accounts:
        raise answers.not_found()
    return jsonify(accounts.private_user(world(), world().account(login)))


@routes.get("/orgs/<org>/teams/<slug>/memberships/<login>")
def get_team_membership(org: str, slug: str, login: str) -> Response:
    """Whether an account is in a team; 404 where it is not, and where the asking account may not see the team."""
    who = credentials.user()
    if who.token.permissions is not None and "members" not in who.token.permissions:
        raise answers.ApiError(403, "Resource not accessible by integration")
    members = world().teams.get(f"{org}/{slug}", set())
    sees = who.token.permissions is not None or _is_in(org, who.account.login)
    if not sees or login not in members:
        raise answers.not_found()
    url = f"{world().url}/api/v3/organizations/{world().account(org).id}/team/{slug}/memberships/{login}"
    return jsonify(url=url, role="member", state="active")


def _is_in(org: str, login: str) -> bool:
    own = [one for one in world().repositories.values() if one.owner == org]
    return login == org or any(login in one.access for one in own)


@routes.get("/app")
def get_app() -> Response:
    """The App whose JWT is used."""
    return jsonify(accounts.app(world(), credentials.app()))


@routes.get("/app/installations")
def list_installations() -> Response:
    """Where the App is installed."""
    app = credentials.app()
    own = [one for one in world().installations.values() if one.app_id == app.id]
    return answers.page(own, lambda one: accounts.installation(world(), one))


@routes.get("/app/installations/<int:number>")
def get_installation(number: int) -> Response:
    """One installation of the App."""
    return jsonify(accounts.installation(world(), _installation(credentials.app(), number)))


@routes.get("/repos/<owner>/<name>/installation")
def get_repository_installation(owner: str, name: str) -> Response:
    """The App's installation that holds a repository."""
    app = credentials.app()
    repository = world().find_repository(f"{owner}/{name}", Forge.GITHUB)
    for one in world().installations.values():
        if repository and one.app_id == app.id and repository.id in one.repository_ids:
            return jsonify(accounts.installation(world(), one))
    raise answers.not_found()


@routes.post("/app/installations/<int:number>/access_tokens")
def create_installation_token(number: int) -> tuple[Response, int]:
    """A token for an installation, for fewer repositories and permissions where the request says so."""
    app = credentials.app()
    installation = _installation(app, number)
    body = answers.sent()
    chosen = _chosen_repositories(installation, body.get("repositories"), body.get("repository_ids"))
    permissions = _chosen_permissions(app, body.get("permissions"))
    expires_at = world().now() + timedelta(seconds=world().limits.github.installation_token_seconds)
    # No fixed length or pattern may be expected: since April 2026 the value is `ghs_APPID_` and a JWT.
    value = f"ghs_{app.id}_{secrets.token_urlsafe(200)}"
    world().tokens[value] = Token(
        value,
        f"{app.slug}[bot]",
        installation_id=number,
        repository_ids=frozenset(chosen),
        permissions=permissions,
        expires_at=expires_at,
    )
    answer = {
        "token": value,
        "expires_at": moment(expires_at),
        "permissions": permissions,
        "repository_selection": "selected",
    }
    return jsonify(answer), 201


@routes.get("/installation/repositories")
def list_installation_repositories() -> Response:
    """The repositories of an installation token."""
    who = credentials.user()
    if who.token.repository_ids is None:
        raise answers.ApiError(403, "You must authenticate with an installation access token")
    rows = [world().repository(number) for number in sorted(who.token.repository_ids)]
    return answers.page(
        rows,
        lambda one: repositories.repository(world(), one),
        lambda page: {"total_count": len(rows), "repository_selection": "selected", "repositories": page},
    )


def _installation(app: App, number: int) -> Installation:
    found = world().installations.get(number)
    if found is None or found.app_id != app.id:
        raise answers.not_found()
    return found


def _chosen_repositories(installation: Installation, names: object, ids: object) -> set[int]:
    chosen = set(installation.repository_ids)
    if isinstance(names, list):
        chosen = {number for number in chosen if world().repository(number).name in names}
    if isinstance(ids, list):
        chosen &= {number for number in ids if isinstance(number, int)}
    asked = [one for one in (names, ids) if isinstance(one, list)]
    if any(len(chosen) != len(set(one)) for one in asked):
        raise answers.ApiError(422, "There is at least one repository that does not exist or is not accessible")
    return chosen


def _chosen_permissions(app: App, asked: object) -> dict[str, str]:
    held = {"metadata": "read"} | app.permissions
    if not isinstance(asked, dict) or not asked:
        return held
    for name, level in asked.items():
        if _LEVELS.get(str(level), 9) > _LEVELS.get(held.get(name, ""), 0):
            raise answers.ApiError(422, "The permissions requested are not granted to this installation.")
    return {"metadata": "read"} | {str(name): str(level) for name, level in asked.items()}
