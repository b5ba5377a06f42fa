"""Repositories, their branches, and what accounts may do in them."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.current import world
from bot.sandbox.forgejo import answers, credentials
from bot.sandbox.forgejo.shapes import accounts, commits, repositories
from bot.sandbox.model import Access, Forge

routes = Blueprint("forgejo_repos", __name__)

MODES = {
    Access.NONE: "none",
    Access.READ: "read",
    Access.TRIAGE: "read",
    Access.WRITE: "write",
    Access.MAINTAIN: "write",
    Access.ADMIN: "admin",
}
"""Forgejo's access modes, which are fewer than GitHub's roles."""


@routes.get("/repos/<owner>/<name>")
def get_repository(owner: str, name: str) -> Response:
    """One repository."""
    found = credentials.readable(owner, name)
    return jsonify(repositories.repository(world(), found, world().access(found, credentials.actor())))


@routes.get("/orgs/<owner>/repos")
@routes.get("/users/<owner>/repos")
def list_repositories(owner: str) -> Response:
    """The repositories of an organisation, or of a person."""
    account = world().accounts.get(owner)
    of_organisation = request.path.rpartition("/orgs/")[1] != ""
    if account is None or of_organisation is not (account.kind == "Organization"):
        raise answers.not_found()
    rows = world().owned(owner, Forge.FORGEJO, credentials.actor())
    return answers.page(
        rows, lambda one: repositories.repository(world(), one, world().access(one, credentials.actor()))
    )


@routes.get("/repositories/<int:number>")
def get_repository_by_id(number: int) -> Response:
    """One repository by its id."""
    credentials.user()
    found = credentials.readable_by_id(number)
    return jsonify(repositories.repository(world(), found, world().access(found, credentials.actor())))


@routes.get("/repos/<owner>/<name>/branches")
def list_branches(owner: str, name: str) -> Response:
    """The branches."""
    found = credentials.readable(owner, name)
    rows = sorted(found.git.branches().items())
    return answers.page(rows, lambda row: commits.branch(world(), found, *row))


@routes.get("/repos/<owner>/<name>/branches/<path:branch>")
def get_branch(owner: str, name: str, branch: str) -> Response:
    """One branch with the commit it stands at."""
    found = credentials.readable(owner, name)
    sha = found.git.branches().get(branch)
    if sha is None:
        raise answers.not_found()
    return jsonify(commits.branch(world(), found, branch, sha))


@routes.get("/repos/<owner>/<name>/collaborators/<login>/permission")
def get_permission(owner: str, name: str, login: str) -> Response:
    """What an account may do, for whoever administers the repository or asks about themselves."""
    found = credentials.readable(owner, name)
    asking = credentials.user()
    if asking.account.login != login and world().access(found, asking) < Access.ADMIN:
        raise answers.ApiError(
            403,
            "Only admins can query all permissions, repo admins can query all repo permissions, collaborators can "
            "query only their own",
        )
    if login not in world().accounts:
        raise answers.ApiError(404, f"user does not exist [uid: 0, name: {login}]")
    mode = "owner" if login == found.owner else MODES[world().role(found, login)]
    return jsonify({"permission": mode, "role_name": mode, "user": accounts.user(world(), login)})
