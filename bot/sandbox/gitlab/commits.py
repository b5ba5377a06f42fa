"""Commits and their statuses ("Commits API")."""

from __future__ import annotations

from flask import jsonify, request

from bot.sandbox.current import world
from bot.sandbox.diff import changed_files
from bot.sandbox.git import EMPTY_TREE
from bot.sandbox.gitlab import answers, credentials, shapes
from bot.sandbox.gitlab.routing import Answer, Routes
from bot.sandbox.model import Access, Repository, Status

routes = Routes()

STATES = ("pending", "running", "success", "failed", "canceled", "skipped")
UNFINISHED = ("pending", "running")
DESCRIPTION_LIMIT = 255
"""Characters of `description` and `target_url` (GitLab's GenericCommitStatus)."""
# GitLab's state machine (CommitStatus): "cancel", "success" and "drop" are open to new and to unfinished statuses.
_VERBS = {"pending": "enqueue", "running": "run", "skipped": "skip"}
_REFUSED = {"pending": ("pending", "running"), "running": ("running",), "skipped": ("running",)}
"""The states from which a status cannot become that of the key (GitLab's CommitStatus, its state machine)."""


@routes.on("GET", "/projects/:project/repository/commits/:sha")
def get_commit(project: str, sha: str) -> Answer:
    """A commit by id, branch or tag."""
    repository = credentials.project(project)
    record = repository.git.read_commit(_commit(repository, sha))
    files = changed_files(repository.git, record.parents[0] if record.parents else EMPTY_TREE, record.sha)
    added, deleted = sum(file.additions for file in files), sum(file.deletions for file in files)
    shape = shapes.commit(world(), repository, record)
    shape["stats"] = {"additions": added, "deletions": deleted, "total": added + deleted}
    newest = world().verdicts.statuses_of(repository, record.sha)
    return jsonify(
        shape | {"status": newest[0].state if newest else None, "project_id": repository.id, "last_pipeline": None}
    )


@routes.on("GET", "/projects/:project/repository/commits/:sha/diff")
def list_diff(project: str, sha: str) -> Answer:
    """What a commit changes from its first parent ("Commits API", get the diff of a commit)."""
    repository = credentials.project(project)
    record = repository.git.read_commit(_commit(repository, sha))
    files = changed_files(repository.git, record.parents[0] if record.parents else EMPTY_TREE, record.sha)
    patch_bytes = world().limits.gitlab.patch_bytes
    return answers.page(files, lambda file: shapes.diff(file, patch_bytes))


@routes.on("GET", "/projects/:project/repository/commits/:sha/statuses")
def list_statuses(project: str, sha: str) -> Answer:
    """The statuses of a commit, of each name and ref the newest, or all of them; by `name` and `ref`."""
    repository = credentials.project(project)
    commit = _commit(repository, sha)
    name, ref = request.args.get("name"), request.args.get("ref")
    rows = [
        one
        for one in world().verdicts.statuses_of(repository, commit)
        if name in (None, one.context) and ref in (None, one.ref)
    ]
    if not answers.truth(request.args.get("all")):
        rows = list({(one.context, one.ref): one for one in reversed(rows)}.values())
    rows.sort(key=lambda one: one.id)
    return answers.page(rows, lambda one: shapes.status(world(), one))


@routes.on("POST", "/projects/:project/statuses/:sha")
def create_status(project: str, sha: str) -> Answer:
    """Set a status; an unfinished one of the same name, ref and author is changed, else a new one is made."""
    repository = credentials.project(project)
    login = credentials.authorise(repository, Access.WRITE)
    values = answers.sent()
    state = values.get("state")
    if state is None:
        raise answers.invalid("state", "is missing")
    if state not in STATES:
        raise answers.invalid("state", "does not have a valid value")
    commit = _commit(repository, sha)
    ref = values.get("ref") or _branch_with(repository, commit)
    if not ref:
        raise answers.not_found("References for commit")
    for field in ("description", "target_url"):
        if len(str(values.get(field) or "")) > DESCRIPTION_LIMIT:
            raise answers.ApiError(
                400, {"message": {field: [f"is too long (maximum is {DESCRIPTION_LIMIT} characters)"]}}
            )
    name = str(values.get("name") or values.get("context") or "default")
    known = _unfinished(repository, commit, name, str(ref), login)
    if known and known.state in _REFUSED.get(state, ()):
        raise _no_transition(_VERBS[state], known.state)
    if known:
        del world().verdicts.statuses[known.id]
    status = world().verdicts.set_status(
        repository,
        commit,
        name,
        str(state),
        login,
        description=values.get("description", known.description if known else None),
        target_url=values.get("target_url", known.target_url if known else None),
        ref=str(ref),
    )
    if known:
        # GitLab changes the record, so that it keeps its id.
        del world().verdicts.statuses[status.id]
        status.id, status.created_at = known.id, known.created_at
        world().verdicts.statuses[status.id] = status
    return jsonify(shapes.status(world(), status)), 201


def _unfinished(repository: Repository, commit: str, name: str, ref: str, login: str) -> Status | None:
    for one in world().verdicts.statuses_of(repository, commit):
        if one.state in UNFINISHED and (one.context, one.ref, one.creator) == (name, ref, login):
            return one
    return None


def _no_transition(verb: str, state: str) -> answers.ApiError:
    reason = f'Reason(s): Status cannot transition via "{verb}"'
    return answers.ApiError(400, {"message": f"Cannot transition status via :{verb} from :{state} ({reason})"})


def _branch_with(repository: Repository, commit: str) -> str | None:
    """A branch that holds a commit; a fork's commits are held by none of the target's branches."""
    found = repository.git.line("for-each-ref", "--format=%(refname:lstrip=2)", "--contains", commit, "refs/heads")
    return found.partition("\n")[0] or None


def _commit(repository: Repository, sha: str) -> str:
    found = repository.git.resolve(sha)
    if found is None:
        raise answers.not_found("Commit")
    return found
