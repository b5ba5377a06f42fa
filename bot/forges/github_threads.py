"""Comments on the files of a pull request, and settling them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from github.GithubException import GithubException, UnknownObjectException
from github.PullRequest import PullRequest
from github.Repository import Repository

from bot.forges.protocol import NotInChangeError, Thread

log = logging.getLogger("weighbridge.github")

SETTLED = "<!-- weighbridge:settled -->"
"""Stands in the last text of a thread: GitHub's REST API does not tell which threads are resolved."""
_PAGE = 100
_THREADS = """
query Threads($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) {
        nodes { id isResolved comments(first: 1) { nodes { databaseId } } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""
_RESOLVE = "mutation Resolve($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { id isResolved } } }"
_UNRESOLVE = "mutation Open($id: ID!) { unresolveReviewThread(input: {threadId: $id}) { thread { id isResolved } } }"


def own_threads(pull: PullRequest, me: str) -> list[Thread]:
    """What we began; replies are no threads."""
    rows = (row for row in pull.get_review_comments() if getattr(row.user, "login", None) == me)
    return [
        Thread(str(row.id), row.body or "", row.path, SETTLED in (row.body or ""))
        for row in rows
        if not row.raw_data.get("in_reply_to_id")
    ]


def open_thread(repository: Repository, number: int, head: str, path: str, body: str, *, line: int | None) -> Thread:
    """Comment on a file of the commit `head`, or on a line of it. Raises NotInChangeError."""
    place: dict[str, Any] = {"subject_type": "file"} if line is None else {"line": line, "side": "RIGHT"}
    try:
        _, made = repository.requester.requestJsonAndCheck(
            "POST",
            f"{repository.url}/pulls/{number}/comments",
            input={"body": body, "commit_id": head, "path": path, **place},
        )
    except GithubException as error:
        # 422: the path or the line is not part of the diff ("Create a review comment").
        if error.status == 422:
            raise NotInChangeError(f"GitHub takes no comment on {path}: {error.message or error.data}") from error
        raise
    return Thread(str(made["id"]), body, path, settled=False)


def rewrite(repository: Repository, thread: str, body: str) -> None:
    """Replace the text of a thread's first comment."""
    repository.requester.requestJsonAndCheck("PATCH", f"{repository.url}/pulls/comments/{thread}", input={"body": body})


def mark(repository: Repository, number: int, thread: str, *, resolved: bool) -> bool:
    """Resolve a thread, or open it again; False where GitHub does not let us.

    An App may do that only with the permission to write contents, which is more than this bot wants: there the text
    alone says that it is settled (docs/decisions/0010).
    """
    try:
        found = next((row for row in _threads(repository, number) if _first(row) == thread), None)
        if found is not None and found["isResolved"] is not resolved:
            repository.requester.graphql_query(_RESOLVE if resolved else _UNRESOLVE, {"id": found["id"]})
    except UnknownObjectException:  # a server without GraphQL
        return False
    except GithubException as error:
        if error.status in {400, 401, 403, 404} or _forbidden(error):
            log.info("threads of %s cannot be resolved with our permissions", repository.full_name)
            return False
        raise
    return True


def _threads(repository: Repository, number: int) -> Iterator[dict[str, Any]]:
    owner, _, name = repository.full_name.partition("/")
    after = None
    while True:
        variables = {"owner": owner, "name": name, "number": number, "after": after}
        _, answer = repository.requester.graphql_query(_THREADS, variables)
        page = answer["data"]["repository"]["pullRequest"]["reviewThreads"]
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def _first(row: dict[str, Any]) -> str | None:
    comments = row["comments"]["nodes"]
    return str(comments[0]["databaseId"]) if comments else None


def _forbidden(error: GithubException) -> bool:
    errors = error.data.get("errors") if isinstance(error.data, dict) else None
    return any(isinstance(one, dict) and one.get("type") == "FORBIDDEN" for one in errors or [])
