"""Pull requests, their files and commits."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.current import world
from bot.sandbox.diff import changed_files
from bot.sandbox.github import answers, credentials
from bot.sandbox.github.shapes import commits, pulls
from bot.sandbox.model import Access, State

routes = Blueprint("pulls", __name__)


@routes.get("/repos/<owner>/<name>/pulls")
def list_pulls(owner: str, name: str) -> Response:
    """Pull requests, newest first, by `state`, `base` and `head` (`owner:branch`)."""
    repository = credentials.readable(owner, name, "pull_requests")
    state = request.args.get("state", "open")
    base, head = request.args.get("base"), request.args.get("head")
    found = []
    for one in world().merge_requests.values():
        if one.repository_id != repository.id or (base and one.target_branch != base):
            continue
        if state != "all" and (one.state is State.OPEN) != (state == "open"):
            continue
        source = world().find_repository(one.source_repository_id) if one.source_repository_id else None
        if head and head != f"{source.owner if source else ''}:{one.source_branch}":
            continue
        found.append(one)
    if request.args.get("direction", "desc") == "desc":
        found.reverse()
    return answers.page(found, lambda one: pulls.simple_pull(world(), one))


@routes.get("/repos/<owner>/<name>/pulls/<int:number>")
def get_pull(owner: str, name: str, number: int) -> Response:
    """One pull request."""
    _, found = credentials.pull(owner, name, number)
    return jsonify(pulls.pull(world(), found))


@routes.patch("/repos/<owner>/<name>/pulls/<int:number>")
def update_pull(owner: str, name: str, number: int) -> Response:
    """Change title, body, base or state."""
    repository, found = credentials.pull(owner, name, number)
    own = credentials.user().account.login == found.author
    who = credentials.authorise(repository, Access.READ if own else Access.WRITE, "pull_requests")
    body = answers.sent()
    login = who.account.login
    if body.get("base") and repository.git.resolve(str(body["base"])) is None:
        raise answers.invalid("PullRequest", "base")
    world().edit(found, login, title=body.get("title"), body=body.get("body"), target_branch=body.get("base"))
    if body.get("state") == "closed" and found.state is State.OPEN:
        world().close(found, login)
    elif body.get("state") == "open" and found.state is State.CLOSED:
        world().reopen(found, login)
    return jsonify(pulls.pull(world(), found))


@routes.get("/repos/<owner>/<name>/pulls/<int:number>/files")
def list_files(owner: str, name: str, number: int) -> Response:
    """The changed files, 3,000 of them at most."""
    repository, found = credentials.pull(owner, name, number)
    limits = world().limits.github
    files = changed_files(repository.git, found.base, found.head)[: limits.files]
    return answers.page(
        files, lambda file: commits.diff_entry(world(), repository, found.head, file, limits.patch_lines)
    )


@routes.get("/repos/<owner>/<name>/pulls/<int:number>/commits")
def list_commits(owner: str, name: str, number: int) -> Response:
    """The commits, oldest first, 250 of them at most ("List commits on a pull request")."""
    repository, found = credentials.pull(owner, name, number)
    shas = repository.git.commits(found.base, found.head)[:250]
    return answers.page(shas, lambda sha: commits.commit(world(), repository, repository.git.read_commit(sha)))


@routes.get("/repos/<owner>/<name>/commits/<sha>/pulls")
def list_pulls_of_commit(owner: str, name: str, sha: str) -> Response:
    """The pull requests whose head is a commit."""
    repository = credentials.readable(owner, name, "pull_requests")
    found = [one for one in world().merge_requests.values() if (one.repository_id, one.head) == (repository.id, sha)]
    return answers.page(found, lambda one: pulls.simple_pull(world(), one))


@routes.get("/repos/<owner>/<name>/issues/<int:number>")
def get_issue(owner: str, name: str, number: int) -> Response:
    """A pull request as an issue."""
    _, found = credentials.pull(owner, name, number)
    return jsonify(pulls.issue(world(), found))
