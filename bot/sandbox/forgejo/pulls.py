"""Pull requests, what they change, and their commits."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.current import world
from bot.sandbox.diff import changed_files
from bot.sandbox.forgejo import answers, credentials
from bot.sandbox.forgejo.git_data import diff_between
from bot.sandbox.forgejo.shapes import commits, files, pulls
from bot.sandbox.model import Access, State

routes = Blueprint("forgejo_pulls", __name__)

_ADDRESS = "/repos/<owner>/<name>/pulls"


@routes.get(_ADDRESS)
def list_pulls(owner: str, name: str) -> Response:
    """Pull requests, newest first, by `state`."""
    repository = credentials.readable(owner, name)
    state = request.args.get("state", "all")
    rows = [
        one
        for one in world().merge_requests.values()
        if one.repository_id == repository.id and state in ("all", "open" if one.state is State.OPEN else "closed")
    ]
    return answers.page(rows[::-1], lambda one: pulls.pull(world(), one))


@routes.get(f"{_ADDRESS}/<int:number>")
def get_pull(owner: str, name: str, number: int) -> Response:
    """One pull request."""
    _, found = credentials.pull(owner, name, number)
    return jsonify(pulls.pull(world(), found))


@routes.patch(f"{_ADDRESS}/<int:number>")
def update_pull(owner: str, name: str, number: int) -> tuple[Response, int]:
    """Change title (which makes a draft or ends it), text, base or state."""
    repository, found = credentials.pull(owner, name, number)
    login = credentials.user().account.login
    if login != found.author:
        credentials.authorise(repository, Access.WRITE)
    body = answers.sent()
    base = body.get("base")
    if base and base not in repository.git.branches():
        raise answers.ApiError(404, f"branch does not exist [name: {base}]")
    title = body.get("title")
    if isinstance(title, str):
        world().edit(found, login, title=title.removeprefix(pulls.DRAFT))
        world().set_draft(found, title.startswith(pulls.DRAFT), login)
    world().edit(found, login, body=body.get("body"), target_branch=base)
    if body.get("state") == "closed" and found.state is State.OPEN:
        world().close(found, login)
    elif body.get("state") == "open" and found.state is State.CLOSED:
        world().reopen(found, login)
    return jsonify(pulls.pull(world(), found)), 201


@routes.get(f"{_ADDRESS}/<int:number>.diff")
def get_diff(owner: str, name: str, number: int) -> Response:
    """What it changes, in git's own words and whole."""
    repository, found = credentials.pull(owner, name, number)
    return diff_between(repository, found.base, found.head)


@routes.get(f"{_ADDRESS}/<int:number>/files")
def list_files(owner: str, name: str, number: int) -> Response:
    """The changed files without their patches. Forgejo itself breaks off where the fork is gone."""
    repository, found = credentials.pull(owner, name, number)
    if found.source_repository_id is None:
        raise answers.ApiError(500, "")
    rows = changed_files(repository.git, found.base, found.head)
    answer = answers.page(rows, lambda file: files.changed_file(world(), found, file))
    answer.headers["X-HasMore"] = str('rel="next"' in answer.headers.get("Link", "")).lower()
    return answer


@routes.get(f"{_ADDRESS}/<int:number>/commits")
def list_commits(owner: str, name: str, number: int) -> Response:
    """The commits, newest first."""
    repository, found = credentials.pull(owner, name, number)
    rows = repository.git.commits(found.base, found.head)[::-1]
    with_files = request.args.get("files", "true") == "true"
    return answers.page(rows, lambda sha: commits.commit(world(), repository, sha, with_files=with_files))
