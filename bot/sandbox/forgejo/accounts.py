"""The account of the token, others, and the teams of organisations."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from bot.sandbox.current import world
from bot.sandbox.forgejo import answers, credentials
from bot.sandbox.forgejo.shapes import accounts
from bot.sandbox.model import Access

routes = Blueprint("forgejo_accounts", __name__)


@routes.get("/version")
def version() -> Response:
    """The version of the server."""
    return jsonify({"version": "16.0.0+sandbox"})


@routes.get("/user")
def get_user() -> Response:
    """The account that the token stands for."""
    return jsonify(accounts.user(world(), credentials.user().account.login))


@routes.get("/users/<login>")
def get_other_user(login: str) -> Response:
    """Any account."""
    credentials.actor()
    if login not in world().accounts:
        raise answers.not_found()
    return jsonify(accounts.user(world(), login))


@routes.get("/orgs/<org>/teams")
def list_teams(org: str) -> Response:
    """The teams of an organisation, for those who belong to it."""
    _require_membership(org)
    rows = [path for path in world().teams if path.partition("/")[0] == org]
    return answers.page(rows, lambda path: accounts.team(world(), path))


@routes.get("/teams/<int:number>/members/<login>")
def get_team_member(number: int, login: str) -> Response:
    """A member of a team."""
    path = next((one for one in world().teams if accounts.team_id(world(), one) == number), None)
    if path is None:
        raise answers.not_found()
    _require_membership(path.partition("/")[0])
    if login not in world().teams[path]:
        raise answers.not_found()
    return jsonify(accounts.user(world(), login))


def _require_membership(org: str) -> None:
    """In the sandbox whoever was granted access to a repository of an organisation belongs to it and to its teams."""
    login = credentials.user().account.login
    here = [one for one in world().repositories.values() if one.owner == org]
    if not any(login == one.owner or one.access.get(login, Access.NONE) >= Access.READ for one in here):
        raise answers.ApiError(403, "Must be an organization member")
