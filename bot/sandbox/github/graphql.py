"""GitHub's GraphQL API: files of a commit, a pull request, its threads and their settling.

tests/sandbox/test_graphql_schemas.py compares `schema.graphql` with the schema that GitHub publishes.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response
from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema

from bot.sandbox.current import world
from bot.sandbox.diff import changed_files
from bot.sandbox.github import answers, credentials
from bot.sandbox.github.counting import Counting
from bot.sandbox.github.shapes import node_id
from bot.sandbox.github.shapes.repositories import html_url_of
from bot.sandbox.graphql import Value, failure, run, schema_of
from bot.sandbox.model import Access, MergeRequest, Note, Repository, State

BINARY_LOOK = 8_000
"""Bytes in which a NUL makes a blob binary, as for git."""
_THREAD = "PullRequestReviewThread"


def answering() -> Callable[[DocumentNode, Mapping[str, Any]], Response]:
    """What answers a query, with a limit of its own ("Rate limits and query limits for the GraphQL API")."""
    schema: GraphQLSchema = schema_of(__package__)
    counting = Counting(lambda: world().limits.github.points_per_hour, "graphql")

    def answer(document: DocumentNode, variables: Mapping[str, Any]) -> Response:
        try:
            _known_caller()
            _check_there_is_graphql()
            if counting.is_used_up():
                body: dict[str, Any] = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
            else:
                body = _body(run(schema, document, variables, _ROOTS))
            response = Response(json.dumps(body), content_type="application/json; charset=utf-8")
        except answers.ApiError as error:
            response = error.response()
        return counting.counted(response)

    return answer


def _known_caller() -> None:
    if credentials.actor() is None:
        raise answers.ApiError(401, "This endpoint requires you to be authenticated.")


def _check_there_is_graphql() -> None:
    if not world().limits.github.graphql:
        raise answers.not_found()


def _body(result: ExecutionResult) -> dict[str, Any]:
    errors = [_worded(error) for error in result.errors or ()]
    return ({"data": result.data} if result.data is not None else {}) | ({"errors": errors} if errors else {})


def _worded(error: GraphQLError) -> dict[str, Any]:
    """GitHub says the type of an error beside its message."""
    said: dict[str, Any] = dict(error.formatted)
    extensions: dict[str, Any] = said.pop("extensions", None) or {}
    kind = {"type": extensions.pop("type")} if "type" in extensions else {}
    return kind | said | ({"extensions": extensions} if extensions else {})


def _repository(_info: object, owner: str, name: str, **_: object) -> dict[str, Value]:
    try:
        found = credentials.readable(owner, name)
    except answers.ApiError:
        message = f"Could not resolve to a Repository with the name '{owner}/{name}'."
        raise failure(message, type="NOT_FOUND") from None
    return _shown(found) | {
        "object": functools.partial(_object, found),
        "pullRequest": functools.partial(_pull_request, found),
    }


def _shown(repository: Repository) -> dict[str, Value]:
    number = node_id("Repository", repository.id)
    return {"databaseId": repository.id, "id": number, "nameWithOwner": repository.full_name}


def _object(
    repository: Repository, _info: object, expression: str | None = None, oid: str | None = None
) -> dict[str, Value] | None:
    _permitted(repository, "contents")
    found = repository.git.object_id(expression or oid or "")
    kind = repository.git.kind(found) if found else None
    if found is None or kind is None:
        return None
    around: dict[str, Value] = {"id": node_id(kind.title(), found), "oid": found}
    if kind == "blob":
        return around | {"__typename": "Blob"} | _blob(repository, found)
    if kind == "tree":
        return around | {"__typename": "Tree", "entries": lambda _info: _entries(repository, found)}
    return around | {"__typename": "Commit"}


def _blob(repository: Repository, oid: str) -> dict[str, Value]:
    @functools.cache
    def content() -> bytes:
        return repository.git.blob(oid)

    def text(_info: object) -> str | None:
        if b"\0" in content()[:BINARY_LOOK]:
            return None
        part = content()[: world().limits.github.blob_text_bytes]
        try:
            return part.decode("utf-8")
        except UnicodeDecodeError:
            # GitHub guesses what the encoding is and gives UTF-8 of it.
            return part.decode("latin-1")

    return {
        "byteSize": lambda _info: int(repository.git.line("cat-file", "-s", oid)),
        "isBinary": lambda _info: b"\0" in content()[:BINARY_LOOK],
        "isTruncated": lambda _info: len(content()) > world().limits.github.blob_text_bytes,
        "text": text,
    }


def _entries(repository: Repository, tree: str) -> list[dict[str, Value]]:
    return [
        {
            "mode": int(row.mode, 8),
            "name": answers.shown(row.path),
            "oid": row.oid,
            "type": row.kind,
            "object": None if row.kind == "commit" else _entry(repository, row.oid, row.kind, row.size),
        }
        for row in repository.git.tree(tree)
    ]


def _entry(repository: Repository, oid: str, kind: str, size: int | None) -> dict[str, Value]:
    around: dict[str, Value] = {"__typename": kind.title(), "id": node_id(kind.title(), oid), "oid": oid}
    if kind == "blob":
        return around | _blob(repository, oid) | {"byteSize": size}
    return around | {"entries": lambda _info: _entries(repository, oid)}


def _pull_request(repository: Repository, _info: object, number: int) -> dict[str, Value]:
    _permitted(repository, "pull_requests")
    found = world().find_merge_request(repository, number)
    if found is None:
        raise failure(f"Could not resolve to a PullRequest with the number of {number}.", type="NOT_FOUND")
    source = world().find_repository(found.source_repository_id) if found.source_repository_id else None
    return {
        "author": {"__typename": "User", "login": found.author},
        "baseRef": _branch(repository, found.target_branch),
        "baseRefName": found.target_branch,
        "baseRefOid": found.versions[-1].start,
        "baseRepository": _shown(repository),
        "changedFiles": lambda _info: len(changed_files(repository.git, found.base, found.head)),
        "commits": lambda _info, **_: {"totalCount": len(repository.git.commits(found.base, found.head))},
        "headRefName": found.source_branch,
        "headRefOid": found.head,
        "headRepository": _shown(source) if source else None,
        "id": node_id("PullRequest", found.id),
        "isDraft": found.draft,
        "number": found.number,
        "reviewThreads": functools.partial(_threads, found),
        "state": {State.OPEN: "OPEN", State.CLOSED: "CLOSED", State.MERGED: "MERGED"}[found.state],
        "title": found.title,
        "url": f"{html_url_of(world(), repository)}/pull/{found.number}",
    }


def _branch(repository: Repository, name: str) -> dict[str, Value] | None:
    oid = repository.git.branches().get(name)
    if oid is None:
        return None
    return {"name": name, "target": {"__typename": "Commit", "id": node_id("Commit", oid), "oid": oid}}


def _threads(
    found: MergeRequest, _info: object, first: int | None = None, after: str | None = None, **_: object
) -> dict[str, Value]:
    begun = [note for note in world().conversation.file_comments(found) if note.in_reply_to is None]
    size = world().limits.github.largest_page
    if first is None or not 0 < first <= size:
        raise failure(f"Requesting {first} records on the `reviewThreads` connection exceeds the limit of {size}.")
    start = int(after) if after and after.isdecimal() else 0
    chosen = begun[start : start + first]
    return {
        "nodes": [_thread(note) for note in chosen],
        "pageInfo": {"endCursor": str(start + len(chosen)), "hasNextPage": start + first < len(begun)},
        "totalCount": len(begun),
    }


def _thread(note: Note) -> dict[str, Value]:
    def comments(_info: object, first: int | None = None, **_: object) -> dict[str, Value]:
        said = [one for one in world().conversation.notes.values() if one.discussion_id == note.discussion_id]
        nodes = [{"databaseId": one.id, "id": node_id("PullRequestReviewComment", one.id)} for one in said]
        return {"nodes": nodes[:first], "totalCount": len(said)}

    return {
        "comments": comments,
        "id": node_id(_THREAD, note.id),
        "isResolved": note.resolved_by is not None,
        "path": note.path,
    }


def _settle(_info: object, input: Mapping[str, Any], *, resolved: bool) -> dict[str, Value]:  # noqa: A002 - GitHub's name
    note = next(
        (one for one in world().conversation.notes.values() if node_id(_THREAD, one.id) == input["threadId"]), None
    )
    if note is None or note.path is None or note.in_reply_to is not None:
        raise failure(f"Could not resolve to a node with the global id of '{input['threadId']}'", type="NOT_FOUND")
    pull = world().merge_requests[note.merge_request_id]
    login = _may_settle(world().repository(pull.repository_id), pull)
    world().conversation.resolve(note.discussion_id, login if resolved else None)
    return {"clientMutationId": input.get("clientMutationId"), "thread": _thread(note)}


def _may_settle(repository: Repository, pull: MergeRequest) -> str:
    """An App needs to write contents for it, a person to write or to be the author of the pull request."""
    who = credentials.user()
    own = who.account.login == pull.author and who.token.permissions is None
    try:
        return credentials.authorise(repository, Access.READ if own else Access.WRITE, "contents").account.login
    except answers.ApiError as error:
        raise failure(_refusal(error), type="FORBIDDEN") from None


def _refusal(error: answers.ApiError) -> str:
    ours = credentials.user().account.login
    return error.message if "integration" in error.message else f"{ours} does not have the correct permissions"


def _permitted(repository: Repository, permission: str) -> None:
    owner, _, name = repository.full_name.rpartition("/")
    try:
        credentials.readable(owner, name, permission)
    except answers.ApiError as error:
        raise failure(error.message, type="FORBIDDEN") from None


_ROOTS: Mapping[str, Value] = {
    "repository": _repository,
    "rateLimit": None,
    "resolveReviewThread": functools.partial(_settle, resolved=True),
    "unresolveReviewThread": functools.partial(_settle, resolved=False),
}
