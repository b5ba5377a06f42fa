"""The verdict on Forgejo: a commit status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.forges.forgejo_client import PAGE, ForgejoClient
from bot.forges.protocol import Verdict, VerdictState

DESCRIPTION_LIMIT = 255
"""Characters. Forgejo names no limit; what is longer is not read in the list of checks."""

_STATES = {
    VerdictState.PENDING: "pending",
    VerdictState.SUCCESS: "success",
    VerdictState.FAILURE: "failure",
    # Not `warning`, which lets a merge pass on Gitea: docs/decisions/0005.
    VerdictState.NEUTRAL: "pending",
}


def set_status(client: ForgejoClient, address: str, head: str, verdict: Verdict, me: str, *, first: bool) -> None:
    """Post a commit status, unless the newest of this name is ours and says the same already. Raises ForgeError."""
    what = f"setting the verdict on commit {head[:12]}"
    wanted = {
        "state": _STATES[verdict.state],
        "description": verdict.title[:DESCRIPTION_LIMIT].strip(),
        "target_url": verdict.url or "",
        "context": verdict.name,
    }
    if not first and _stands(_newest(client, what, f"{address}/commits/{head}/status", verdict.name), wanted, me):
        return
    client.send(what, "POST", f"{address}/statuses/{head}", wanted)


def _newest(client: ForgejoClient, what: str, address: str, name: str) -> Mapping[str, Any] | None:
    """The newest status of a name, from the list that has one of each name; a call, and one for each fifty others."""
    page = 1
    while True:
        rows = client.get(what, address, limit=PAGE, page=page).get("statuses") or []
        for row in rows:
            if row.get("context") == name:
                found: Mapping[str, Any] = row
                return found
        if len(rows) < PAGE:
            return None
        page += 1


def _stands(row: Mapping[str, Any] | None, wanted: Mapping[str, str], me: str) -> bool:
    """True where a status is ours and says this. What is posted as `state` is told as `status`."""
    if row is None or (row.get("creator") or {}).get("login") != me:
        return False
    told = {**row, "state": row.get("status")}
    return all((told.get(name) or "") == value for name, value in wanted.items())
