"""Merge requests, their changes and versions ("Merge requests API")."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request

from bot.sandbox.current import world
from bot.sandbox.diff import changed_files
from bot.sandbox.gitlab import answers, credentials, shapes
from bot.sandbox.gitlab import conversation_shapes as words
from bot.sandbox.gitlab.routing import Answer, Routes
from bot.sandbox.model import Access, MergeRequest, Repository, State

routes = Routes()

_ADDRESS = "/projects/:project/merge_requests"


@routes.on("GET", _ADDRESS)
def list_merge_requests(project: str) -> Answer:
    """Merge requests, newest first, by `state`, `source_branch` and `target_branch`."""
    repository = credentials.project(project)
    wanted = {name: request.args.get(name) for name in ("source_branch", "target_branch")}
    state = request.args.get("state", "all")
    rows = [
        one
        for one in world().merge_requests.values()
        if one.repository_id == repository.id
        and state in ("all", words.state_of(one))
        and all(value in (None, getattr(one, name)) for name, value in wanted.items())
    ]
    rows.sort(key=lambda one: one.number, reverse=request.args.get("sort", "desc") != "asc")
    return answers.page(rows, lambda one: words.merge_request(world(), one))


@routes.on("GET", f"{_ADDRESS}/:iid")
def get_merge_request(project: str, iid: str) -> Answer:
    """One merge request."""
    repository, found = credentials.merge_request(project, iid)
    return jsonify(_whole(repository, found))


@routes.on("PUT", f"{_ADDRESS}/:iid")
def update_merge_request(project: str, iid: str) -> Answer:
    """Change title (which makes a draft or ends it), description, target branch, state or labels."""
    repository, found = credentials.merge_request(project, iid)
    login = credentials.user().account.login
    if login != found.author:
        credentials.authorise(repository, Access.WRITE)
    values = answers.sent()
    target = values.get("target_branch")
    if target and target not in repository.git.branches():
        raise answers.ApiError(409, {"message": [f'Branch "{target}" does not exist']})
    if isinstance(values.get("title"), str):
        _retitle(found, values["title"], login)
    world().edit(found, login, body=values.get("description"), target_branch=target)
    _change_state(found, values.get("state_event"), login)
    add, remove = (str(values.get(f"{verb}_labels") or "").split(",") for verb in ("add", "remove"))
    world().label(found, [name for name in add if name], [name for name in remove if name])
    return jsonify(_whole(repository, found))


@routes.on("GET", f"{_ADDRESS}/:iid/diffs")
def list_diffs(project: str, iid: str) -> Answer:
    """The changed files, as many as GitLab keeps."""
    repository, found = credentials.merge_request(project, iid)
    return answers.page(_diffs(repository, found), lambda row: row)


@routes.on("GET", f"{_ADDRESS}/:iid/versions")
def list_versions(project: str, iid: str) -> Answer:
    """The pushes to it, newest first."""
    _, found = credentials.merge_request(project, iid)
    return answers.page(found.versions[::-1], lambda one: words.version(world(), found, one))


@routes.on("GET", f"{_ADDRESS}/:iid/commits")
def list_commits(project: str, iid: str) -> Answer:
    """The commits, newest first."""
    repository, found = credentials.merge_request(project, iid)
    rows = repository.git.commits(found.base, found.head)[::-1]
    return answers.page(rows, lambda sha: shapes.commit(world(), repository, repository.git.read_commit(sha)))


def _whole(repository: Repository, found: MergeRequest) -> dict[str, Any]:
    can_merge = world().access(repository, credentials.actor()) >= Access.WRITE
    return words.full_merge_request(world(), found, can_merge=can_merge)


def _retitle(found: MergeRequest, title: str, login: str) -> None:
    if not title.strip():
        raise answers.ApiError(400, {"message": {"title": ["can't be blank"]}})
    draft = title.startswith(words.DRAFT)
    world().edit(found, login, title=title.removeprefix(words.DRAFT))
    world().set_draft(found, draft, login)


def _change_state(found: MergeRequest, event: object, login: str) -> None:
    if event not in (None, "close", "reopen"):
        raise answers.invalid("state_event", "does not have a valid value")
    if event == "close" and found.state is State.OPEN:
        world().close(found, login)
    elif event == "reopen" and found.state is State.CLOSED:
        world().reopen(found, login)


def _diffs(repository: Repository, found: MergeRequest) -> list[dict[str, Any]]:
    limits = world().limits.gitlab
    rows, lines = [], 0
    for file in changed_files(repository.git, found.base, found.head)[: limits.files]:
        lines += file.patch.count("\n") + 1 if file.patch else 0
        rows.append(shapes.diff(file, limits.patch_bytes, collapsed=lines > limits.diff_lines))
    return rows
