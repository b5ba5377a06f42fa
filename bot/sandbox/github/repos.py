"""Repositories, branches, contents and who may do what."""

from __future__ import annotations

import base64
import posixpath
from typing import Any

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.current import world
from bot.sandbox.git import TreeEntry
from bot.sandbox.github import answers, credentials
from bot.sandbox.github.git_data import send_blob
from bot.sandbox.github.shapes import accounts, commits, repositories
from bot.sandbox.model import Access, Forge, Repository

routes = Blueprint("repos", __name__)


@routes.get("/repos/<owner>/<name>")
def get_repository(owner: str, name: str) -> Response:
    """A repository by name."""
    found = credentials.readable(owner, name)
    return jsonify(repositories.full_repository(world(), found, credentials.actor()))


@routes.get("/orgs/<owner>/repos")
@routes.get("/users/<owner>/repos")
def list_repositories(owner: str) -> Response:
    """The repositories of an organisation, or of a person."""
    account = world().accounts.get(owner)
    of_organisation = request.path.rpartition("/orgs/")[1] != ""
    if account is None or of_organisation is not (account.kind == "Organization"):
        raise answers.not_found()
    rows = world().owned(owner, Forge.GITHUB, credentials.actor())
    return answers.page(rows, lambda one: repositories.repository(world(), one))


@routes.get("/repositories/<int:number>")
def get_repository_by_id(number: int) -> Response:
    """A repository by id, whatever its name is now."""
    found = credentials.readable_by_id(number)
    return jsonify(repositories.full_repository(world(), found, credentials.actor()))


@routes.get("/repos/<owner>/<name>/branches/<path:branch>")
def get_branch(owner: str, name: str, branch: str) -> Response:
    """A branch and its newest commit."""
    repository = credentials.readable(owner, name, "contents")
    sha = repository.git.branches().get(branch)
    if sha is None:
        raise answers.ApiError(404, "Branch not found")
    url = f"{repositories.url_of(world(), repository)}/branches/{branch}"
    shape = {
        "name": branch,
        "commit": commits.commit(world(), repository, repository.git.read_commit(sha)),
        "_links": {"self": url, "html": f"{repositories.html_url_of(world(), repository)}/tree/{branch}"},
        "protected": False,
        "protection": {"enabled": False},
        "protection_url": f"{url}/protection",
    }
    return jsonify(shape)


@routes.get("/repos/<owner>/<name>/collaborators/<login>/permission")
def get_permission(owner: str, name: str, login: str) -> Response:
    """What an account may do; `permission` is the old word, in which maintain is write and triage is read."""
    repository = credentials.readable(owner, name)
    credentials.user()
    if login not in world().accounts:
        raise answers.not_found()
    level = world().role(repository, login)
    role = level.name.lower()
    shape = {
        "permission": {Access.MAINTAIN: "write", Access.TRIAGE: "read"}.get(level, role),
        "role_name": role,
        "user": _collaborator(login, level),
    }
    return jsonify(shape)


def _collaborator(login: str, level: Access) -> dict[str, Any]:
    names = {"pull": 10, "triage": 20, "push": 30, "maintain": 40, "admin": 50}
    permissions = {name: level >= needed for name, needed in names.items()}
    return accounts.simple_user(world(), login) | {"permissions": permissions, "role_name": level.name.lower()}


@routes.get("/repos/<owner>/<name>/contents")
@routes.get("/repos/<owner>/<name>/contents/")
@routes.get("/repos/<owner>/<name>/contents/<path:path>")
def get_contents(owner: str, name: str, path: str = "") -> Response:
    """A file with its content, or the entries of a directory."""
    repository = credentials.readable(owner, name, "contents")
    ref = request.args.get("ref") or repository.default_branch
    sha = repository.git.resolve(ref)
    if sha is None:
        raise answers.ApiError(404, f"No commit found for the ref {ref}")
    path = path.strip("/")
    entry = _followed(repository, sha, path) if path else None
    if entry is None and path:
        raise answers.not_found()
    if entry is None or entry.kind == "tree":
        rows = repository.git.tree(sha, path=path)
        return jsonify([commits.content_entry(world(), repository, row, ref) for row in rows])
    if entry.kind == "commit":
        return jsonify(commits.content_entry(world(), repository, entry, ref) | {"submodule_git_url": None})
    return _file(repository, entry, ref)


def _followed(repository: Repository, sha: str, path: str) -> TreeEntry | None:
    entry = repository.git.entry(sha, path)
    if entry is None or entry.mode != "120000":
        return entry
    target = posixpath.join(posixpath.dirname(path), repository.git.blob(entry.oid).decode("utf-8", "replace"))
    aim = repository.git.entry(sha, posixpath.normpath(target)) if not target.startswith(("/", "..")) else None
    return aim if aim and aim.mode in ("100644", "100755") else entry


def _file(repository: Repository, entry: TreeEntry, ref: str) -> Response:
    limits = world().limits.github
    size = entry.size or 0
    if size > limits.blob_bytes:
        message = f"This API returns blobs up to {limits.blob_bytes // 1024**2} MB in size."
        raise answers.ApiError(403, message, [{"resource": "Blob", "field": "data", "code": "too_large"}])
    if answers.wants_raw():
        return send_blob(repository, entry.oid, size)
    shape = commits.content_entry(world(), repository, entry, ref)
    if entry.mode == "120000":
        return jsonify(shape | {"target": repository.git.blob(entry.oid).decode("utf-8", "replace")})
    if size > limits.contents_json_bytes:
        return jsonify(shape | {"content": "", "encoding": "none"})
    content = base64.encodebytes(repository.git.blob(entry.oid)).decode()
    return jsonify(shape | {"content": content, "encoding": "base64"})
