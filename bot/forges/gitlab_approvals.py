"""Who has approved a merge request, from GitLab's "Merge request approvals API".

GitLab does not say for which commit an approval was given. It counts as current where it is not older than the newest
version of the merge request (a version is made with every push). When somebody approved, newer
GitLabs tell (`approved_at`); of older ones the system's own notes do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from bot.forges.gitlab_client import GitLabClient
from bot.forges.protocol import NotFoundError, RefusedError
from rules.facts import Approval

GROUP_LOOKUPS = 100
"""Memberships that are asked for at most: a call for each person who approved and each group."""
_APPROVED = "approved this merge request"
"""What GitLab's system note says of an approval."""


def approvals(client: GitLabClient, address: str, head: str, groups: Sequence[str]) -> tuple[Approval, ...]:
    """People who approve now, with those of `groups` (full paths) that they belong to. Raises ForgeError."""
    what = f"reading who approved {address}"
    rows = [row for row in client.get(what, f"{address}/approvals").get("approved_by") or () if _user(row)]
    if not rows:
        return ()
    pushed = _pushed_at(client.pages(what, f"{address}/versions"), head)
    given = {str(_user(row)["username"]): _moment(row.get("approved_at")) for row in rows}
    if None in given.values():
        told = _told_by_notes(client.pages(what, f"{address}/notes", sort="asc", order_by="created_at"))
        given = {login: moment or told.get(login) for login, moment in given.items()}
    left = GROUP_LOOKUPS // max(1, len(groups))
    return tuple(
        Approval(
            user=str(_user(row)["username"]),
            current=_is_current(given[str(_user(row)["username"])], pushed),
            teams=tuple(_held(client, what, _user(row), groups) if number < left else ()),
        )
        for number, row in enumerate(rows)
    )


def _user(row: Mapping[str, Any]) -> Mapping[str, Any]:
    user = row.get("user")
    return user if isinstance(user, Mapping) and "username" in user else {}


def _pushed_at(versions: Sequence[Mapping[str, Any]], head: str) -> datetime | None:
    """When the head became the merge request's; None where GitLab does not list it (yet)."""
    return next((_moment(row.get("created_at")) for row in versions if row.get("head_commit_sha") == head), None)


def _told_by_notes(notes: Sequence[Mapping[str, Any]]) -> dict[str, datetime]:
    """When each account approved last."""
    told = {}
    for note in notes:
        moment = _moment(note.get("created_at"))
        if note.get("system") and note.get("body") == _APPROVED and moment is not None:
            told[str((note.get("author") or {}).get("username"))] = moment
    return told


def _is_current(given: datetime | None, pushed: datetime | None) -> bool:
    return given is not None and pushed is not None and given >= pushed


def _moment(written: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _held(client: GitLabClient, what: str, user: Mapping[str, Any], groups: Sequence[str]) -> Iterator[str]:
    for group in groups:
        try:
            found = client.get(what, f"/groups/{quote(group, safe='')}/members/all/{user.get('id')}")
        except (NotFoundError, RefusedError):  # no member, or a group that our token may not see
            continue
        if found.get("state", "active") == "active":
            yield group
