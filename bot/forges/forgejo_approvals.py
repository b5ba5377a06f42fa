"""Who has approved a pull request, from Forgejo's reviews ("List all reviews for a pull request")."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bot.forges.forgejo_client import ForgejoClient
from bot.forges.protocol import NotFoundError, RefusedError
from rules.facts import Approval

log = logging.getLogger("weighbridge.forgejo")

TEAM_LOOKUPS = 100
"""Memberships that are asked for at most: a call for each person who approved and each team."""
_DECISIVE = frozenset({"APPROVED", "REQUEST_CHANGES"})
"""States that replace what the same person said before; a comment does not, nor does a request for a review."""


def approvals(client: ForgejoClient, address: str, head: str, teams: Sequence[str]) -> tuple[Approval, ...]:
    """People whose last word is an approval that nobody dismissed, with those of `teams` (`org/team`) they are in.

    An approval is current where it was given for `head`. Raises ForgeError.
    """
    what = f"reading the reviews of {address}"
    last: dict[str, Mapping[str, Any]] = {}
    for row in sorted(client.rows(what, f"{address}/reviews"), key=lambda row: int(row["id"])):
        # A team that was asked for a review has no user, nor has an account that was deleted.
        login = (row.get("user") or {}).get("login")
        if login and row.get("state") in _DECISIVE:
            last[str(login)] = row
    approved = {login: row for login, row in last.items() if row["state"] == "APPROVED" and not row.get("dismissed")}
    numbers = _numbers(client, what, teams) if approved else {}
    left = TEAM_LOOKUPS // max(1, len(numbers))
    return tuple(
        Approval(
            login,
            row.get("commit_id") == head,
            tuple(_held(client, what, login, numbers)) if position < left else (),
        )
        for position, (login, row) in enumerate(approved.items())
    )


def _numbers(client: ForgejoClient, what: str, teams: Sequence[str]) -> dict[str, int]:
    """The ids of the teams that our account may see: a call for each organisation."""
    wanted = {team.lower(): team for team in teams if "/" in team}
    found: dict[str, int] = {}
    for org in sorted({team.partition("/")[0] for team in wanted.values()}):
        try:
            for row in client.rows(what, f"/orgs/{quote(org, safe='')}/teams"):
                name = wanted.get(f"{org}/{row.get('name')}".lower())
                if name is not None:
                    found[name] = int(row["id"])
        except (NotFoundError, RefusedError):
            log.warning("Forgejo does not let us see who is in the teams of %s: add our account to them", org)
    return found


def _held(client: ForgejoClient, what: str, login: str, numbers: Mapping[str, int]) -> Iterator[str]:
    for team, number in numbers.items():
        try:
            client.get(what, f"/teams/{number}/members/{quote(login, safe='')}")
        except (NotFoundError, RefusedError):  # no member, or a team that our account is not in
            continue
        yield team
