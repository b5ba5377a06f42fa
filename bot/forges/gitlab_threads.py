"""Discussions on a merge request: they can be resolved, and a project can hold the merge until they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.forges.gitlab_client import GitLabClient
from bot.forges.protocol import ForgeError, NotFoundError, RefusedError, Thread, UnavailableError


def own_threads(client: GitLabClient, address: str, number: int, me: str) -> list[Thread]:
    """The resolvable discussions that we began."""
    rows = client.pages(f"reading the discussions of merge request {number}", f"{address}/discussions")
    begun = ((row, note) for row in rows for note in row.get("notes", [])[:1])
    return [_thread(row, note) for row, note in begun if note.get("resolvable") and _author(note) == me]


def open_thread(client: GitLabClient, address: str, number: int, path: str, body: str, *, line: int | None) -> Thread:
    """Begin a discussion on a line, else on the file, else on the whole merge request: what counts is that it holds it.

    GitLab takes no place that the change does not touch, and no whole files before 16.4.
    """
    what = f"opening a discussion on merge request {number}"
    refs = client.get(what, address).get("diff_refs") or {}
    refused: ForgeError | None = None
    for place in (*_places(refs, path, line), {}):
        try:
            made = client.send(what, "post", f"{address}/discussions", {"body": body, **place})
        except (UnavailableError, RefusedError, NotFoundError):
            raise
        except ForgeError as error:
            refused = error
            continue
        return _thread(made, made["notes"][0])
    raise refused or ForgeError(what)


def rewrite(client: GitLabClient, address: str, number: int, thread: str, body: str) -> None:
    """Replace the text of a discussion's first note."""
    what = f"editing a discussion on merge request {number}"
    known = client.get(what, f"{address}/discussions/{thread}")
    first = known["notes"][0]["id"]
    client.send(what, "put", f"{address}/discussions/{thread}/notes/{first}", {"body": body})


def mark(client: GitLabClient, address: str, number: int, thread: str, *, resolved: bool) -> None:
    """Resolve a discussion, or open it again."""
    what = f"settling a discussion on merge request {number}"
    client.send(what, "put", f"{address}/discussions/{thread}", {"resolved": resolved})


def _places(refs: Mapping[str, Any], path: str, line: int | None) -> Iterator[dict[str, Any]]:
    if not all(refs.get(name) for name in ("base_sha", "start_sha", "head_sha")):
        return
    position = {name: refs[name] for name in ("base_sha", "start_sha", "head_sha")}
    position |= {"old_path": path, "new_path": path}
    if line is not None:
        yield {"position": position | {"position_type": "text", "new_line": line}}
    yield {"position": position | {"position_type": "file"}}


def _thread(row: Mapping[str, Any], note: Mapping[str, Any]) -> Thread:
    position = note.get("position") or {}
    return Thread(str(row["id"]), str(note.get("body", "")), position.get("new_path"), bool(note.get("resolved")))


def _author(note: Mapping[str, Any]) -> str | None:
    return (note.get("author") or {}).get("username")
