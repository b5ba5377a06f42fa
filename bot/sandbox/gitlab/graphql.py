"""GitLab's GraphQL API: files of a commit, directories, a merge request.

Written from GitLab's code (`app/graphql`): the fields and arguments of `schema.graphql`, what a query costs, the words
of its errors. GitLab publishes no schema as a file, so that nothing but reading has compared them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from flask import Response
from graphql import DocumentNode, FieldNode, GraphQLSchema, ListValueNode, VariableNode

from bot.sandbox.current import world
from bot.sandbox.diff import changed_files
from bot.sandbox.git import TreeEntry
from bot.sandbox.gitlab import answers, credentials
from bot.sandbox.gitlab import conversation_shapes as words
from bot.sandbox.gitlab.counting import counting
from bot.sandbox.gitlab.files import lfs_oid
from bot.sandbox.graphql import Value, cost, run, schema_of
from bot.sandbox.model import MergeRequest, Repository

QUERY_LIMIT = 10_000
"""Characters of a query (GraphqlController, MAX_QUERY_SIZE)."""
PAGE = 100
"""Entries of a connection at most, and where nobody asks (GitlabSchema, `default_max_page_size`)."""
BINARY_LOOK = 8_000
"""Bytes in which a NUL makes a blob binary."""

T = TypeVar("T")


def answering() -> Callable[[DocumentNode, Mapping[str, Any]], Response]:
    """What answers a query."""
    schema: GraphQLSchema = schema_of(__package__)

    def answer(document: DocumentNode, variables: Mapping[str, Any]) -> Response:
        return counting().refusal() or counting().counted(carried_out(document, variables))

    def carried_out(document: DocumentNode, variables: Mapping[str, Any]) -> Response:
        try:
            credentials.actor()
        except answers.ApiError:
            return _failed("Invalid token", 401)
        if document.loc is not None and len(document.loc.source.body) > QUERY_LIMIT:
            return _failed("Query too large", 422)
        price, limit = _price(document, variables), world().limits.gitlab.complexity
        if price > limit:
            return _failed(f"Query has complexity of {price}, which exceeds max complexity of {limit}", 200)
        result = run(schema, document, variables, {"project": _project})
        errors = {"errors": [error.formatted for error in result.errors]} if result.errors else {}
        return _sent(({"data": result.data} if result.data is not None or not errors else {}) | errors, 200)

    return answer


def _failed(message: str, status: int) -> Response:
    return _sent({"errors": [{"message": message}]}, status)


def _sent(body: Mapping[str, Any], status: int) -> Response:
    return Response(json.dumps(body), status, content_type="application/json; charset=utf-8")


def _price(document: DocumentNode, variables: Mapping[str, Any]) -> int:
    """What GitLab 18.4.2 and later count: each path costs as much as what is asked of a blob, text more than the rest.

    The whole was worked out from GitLab's resolvers and from the numbers in people's error messages: a hundred paths
    with `size` and `rawTextBlob` cost 1,421.
    """

    def given(field: FieldNode, name: str) -> Any:
        value = next((one.value for one in field.arguments or () if one.name.value == name), None)
        if isinstance(value, VariableNode):
            return variables.get(value.name.value)
        if isinstance(value, ListValueNode):
            return value.values
        return getattr(value, "value", None)

    def of_field(field: FieldNode, below: int) -> int:
        name = field.name.value
        if name == "blobs" and (paths := given(field, "paths")) is not None:
            each = below + 2 + len(paths) * below
            first = given(field, "first")
            return each + each * min(PAGE, int(first) if first is not None else PAGE) // 100
        return below + {"rawTextBlob": 5, "lfsOid": 2, "tree": 2, "lastCommit": 2, "repository": 1}.get(name, 1)

    return cost(document, of_field) + 1


def _project(_info: object, fullPath: str) -> dict[str, Value] | None:  # noqa: N803 - GitLab's name
    try:
        found = credentials.project(fullPath) if "/" in fullPath else None
    except answers.ApiError:
        return None
    if found is None:
        return None
    return {
        "fullPath": found.full_name,
        "id": f"gid://gitlab/Project/{found.id}",
        "mergeRequest": functools.partial(_merge_request, found),
        "repository": {
            "blobs": functools.partial(_blobs, found),
            "rootRef": found.default_branch,
            "tree": functools.partial(_tree, found),
        },
    }


def _merge_request(project: Repository, _info: object, iid: str) -> dict[str, Value] | None:
    found = world().find_merge_request(project, int(iid)) if iid.isdecimal() else None
    if found is None:
        return None
    shape, shown = words.merge_request(world(), found), found.versions[-1]
    return {
        "author": {"username": found.author},
        "commitCount": lambda _info: len(project.git.commits(found.base, found.head)),
        "diffHeadSha": found.head,
        "diffRefs": {"baseSha": shown.base, "headSha": shown.head, "startSha": shown.start},
        "diffStatsSummary": lambda _info: {"fileCount": _count(project, found)},
        "draft": found.draft,
        "id": f"gid://gitlab/MergeRequest/{found.id}",
        "iid": str(found.number),
        "projectId": project.id,
        "sourceBranch": found.source_branch,
        "sourceProjectId": found.source_repository_id,
        "state": words.state_of(found),
        "targetBranch": found.target_branch,
        "title": shape["title"],
        "webUrl": shape["web_url"],
    }


def _count(project: Repository, found: MergeRequest) -> int:
    return len(changed_files(project.git, found.base, found.head))


def _blobs(
    project: Repository,
    _info: object,
    paths: Sequence[str],
    ref: str | None = None,
    first: int | None = None,
    **_: object,
) -> dict[str, Value]:
    commit = project.git.resolve(ref or project.default_branch)
    found = [project.git.entry(commit, path) for path in paths] if commit else []
    return _connection(
        [one for one in found if one is not None and one.kind == "blob"], lambda one: _blob(project, one), first
    )


def _blob(project: Repository, entry: TreeEntry) -> dict[str, Value]:
    def text(_info: object) -> str | None:
        content = project.git.blob(entry.oid)
        return None if b"\0" in content[:BINARY_LOOK] else content.decode("utf-8", "replace")

    target = lfs_oid(project, entry)
    return {
        "lfsOid": target,
        "mode": entry.mode,
        "oid": entry.oid,
        "path": answers.shown(entry.path),
        "rawSize": str(world().lfs.size(target) if target else entry.size),
        "rawTextBlob": text,
        "size": str(entry.size),
    }


def _tree(
    project: Repository, _info: object, path: str = "", ref: str | None = None, recursive: bool = False
) -> dict[str, Value] | None:
    commit = project.git.resolve(ref or project.default_branch)
    if commit is None:
        return None
    rows = project.git.tree(commit, recursive=recursive, path=path.strip("/"))

    def of_kind(kind: str) -> Callable[..., dict[str, Value]]:
        chosen = [row for row in rows if row.kind == kind]
        return lambda _info, first=None, **_: _connection(chosen, _entry, first)

    last = project.git.line("log", "-1", "--format=%H", commit, *(("--", path.strip("/")) if path.strip("/") else ()))
    return {
        "blobs": of_kind("blob"),
        "lastCommit": {"sha": last} if last else None,
        "submodules": of_kind("commit"),
        "trees": of_kind("tree"),
    }


def _entry(row: TreeEntry) -> dict[str, Value]:
    path = answers.shown(row.path)
    return {"lfsOid": None, "mode": row.mode, "name": path.rpartition("/")[2], "path": path, "sha": row.oid}


def _connection(items: Sequence[T], shape: Callable[[T], dict[str, Value]], first: int | None) -> dict[str, Value]:
    size = PAGE if first is None else max(0, min(first, PAGE))
    return {
        "nodes": [shape(item) for item in items[:size]],
        "pageInfo": {"endCursor": None, "hasNextPage": len(items) > size},
    }
