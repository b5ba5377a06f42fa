"""Accounts, projects, branches and members."""

from __future__ import annotations

from flask import jsonify, request

from bot.sandbox.current import world
from bot.sandbox.gitlab import answers, credentials, shapes
from bot.sandbox.gitlab.routing import Answer, Routes
from bot.sandbox.model import Access, Forge

routes = Routes()


@routes.on("GET", "/user")
def get_user() -> Answer:
    """The account of the token."""
    return jsonify(shapes.own_user(world(), credentials.user().account.login))


@routes.on("GET", "/users")
def list_users() -> Answer:
    """Accounts, by `username`."""
    credentials.user()
    wanted = request.args.get("username", "").lower()
    found = [login for login in world().accounts if wanted in ("", login.lower())]
    return answers.page(found, lambda login: shapes.user(world(), login))


@routes.on("GET", "/users/:user_id")
def get_account(user_id: str) -> Answer:
    """One account."""
    credentials.actor()
    return jsonify(shapes.user(world(), _login(user_id)))


@routes.on("GET", "/groups/:owner/projects", "/users/:owner/projects")
def list_projects(owner: str) -> Answer:
    """The projects of a group (with `include_subgroups` also those of its subgroups), or of a person."""
    account = world().accounts.get(owner)
    of_group = "/groups/" in request.path
    if account is None or of_group is not (account.kind == "Organization"):
        raise answers.not_found("Group" if of_group else "User")
    rows = world().owned(owner, Forge.GITLAB, credentials.actor())
    if of_group and answers.truth(request.args.get("include_subgroups")) is not True:
        rows = [one for one in rows if one.owner == owner]
    return answers.page(rows, lambda one: shapes.project(world(), one, None))


@routes.on("GET", "/projects/:project")
def get_project(project: str) -> Answer:
    """A project by id or full path."""
    found = credentials.project(project)
    who = credentials.actor()
    level = credentials.membership(found, who.account.login) if who else Access.NONE
    return jsonify(shapes.project(world(), found, level.value or None))


@routes.on("GET", "/projects/:project/repository/branches")
def list_branches(project: str) -> Answer:
    """The branches."""
    found = credentials.project(project)
    rows = sorted(found.git.branches().items())
    return answers.page(rows, lambda row: shapes.branch(world(), found, *row))


@routes.on("GET", "/projects/:project/repository/branches/:name")
def get_branch(project: str, name: str) -> Answer:
    """A branch and its newest commit."""
    found = credentials.project(project)
    sha = found.git.branches().get(name)
    if sha is None:
        raise answers.not_found("Branch")
    return jsonify(shapes.branch(world(), found, name, sha))


@routes.on("GET", "/projects/:project/members/all/:user_id", "/projects/:project/members/:user_id")
def get_member(project: str, user_id: str) -> Answer:
    """A member with the access level; who merely may see a public project is none."""
    found = credentials.project(project)
    login = _login(user_id)
    level = credentials.membership(found, login)
    if level is Access.NONE:
        raise answers.not_found()
    shape = shapes.user(world(), login) | {
        "access_level": level.value,
        "created_at": answers.moment(found.created_at),
        "expires_at": None,
        "membership_state": "active",
    }
    return jsonify(shape)


def _login(user_id: str) -> str:
    number = answers.number(user_id)
    for account in world().accounts.values():
        if account.id == number:
            return account.login
    raise answers.not_found("User")
