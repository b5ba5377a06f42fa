"""Commit statuses, each by itself and the newest of every context together."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from bot.sandbox.current import world
from bot.sandbox.forgejo import answers, credentials
from bot.sandbox.forgejo.shapes import repositories, statuses
from bot.sandbox.model import Access, Repository

routes = Blueprint("forgejo_statuses", __name__)


@routes.post("/repos/<owner>/<name>/statuses/<sha>")
def create_status(owner: str, name: str, sha: str) -> tuple[Response, int]:
    """Set a status on a commit."""
    repository = credentials.readable(owner, name)
    login = credentials.authorise(repository, Access.WRITE)
    commit = _commit(repository, sha)
    body = answers.sent()
    state = body.get("state")
    if state not in statuses.STATES:
        raise answers.invalid(f"[State]: {state} is no state of a commit status")
    fields = {field: str(body.get(field) or "").strip() for field in ("context", "description", "target_url")}
    made = world().verdicts.set_status(
        repository,
        commit,
        fields["context"] or "default",
        str(state),
        login,
        description=fields["description"],
        target_url=fields["target_url"],
    )
    return jsonify(statuses.status(world(), repository, made)), 201


@routes.get("/repos/<owner>/<name>/statuses/<sha>")
@routes.get("/repos/<owner>/<name>/commits/<sha>/statuses")
def list_statuses(owner: str, name: str, sha: str) -> Response:
    """Every status of a commit, newest first."""
    repository = credentials.readable(owner, name)
    rows = world().verdicts.statuses_of(repository, _commit(repository, sha))
    return answers.page(rows, lambda one: statuses.status(world(), repository, one))


@routes.get("/repos/<owner>/<name>/commits/<sha>/status")
def get_combined_status(owner: str, name: str, sha: str) -> Response:
    """The newest status of each context, a page of them, and the worst of their states."""
    repository = credentials.readable(owner, name)
    commit = _commit(repository, sha)
    newest = world().verdicts.newest_statuses(repository, commit)
    limits = world().limits.forgejo
    size = max(1, min(answers.number("limit", 0) or limits.page, limits.largest_page))
    here = max(1, answers.number("page", 1))
    rows = newest[(here - 1) * size : here * size]
    if not rows:
        return jsonify(dict.fromkeys(("statuses", "repository")) | statuses.NOTHING)
    answer = jsonify(
        {
            "state": statuses.worst([one.state for one in rows]),
            "sha": commit,
            "total_count": len(rows),
            "statuses": [statuses.status(world(), repository, one) for one in rows],
            "repository": repositories.repository(world(), repository, Access.READ),
            "commit_url": "",
            "url": "",
        }
    )
    answer.headers["X-Total-Count"] = str(len(newest))
    return answer


def _commit(repository: Repository, sha: str) -> str:
    found = repository.git.resolve(sha)
    if found is None:
        raise answers.not_found()
    return found
