"""Labels of a pull request on Forgejo, which have to be there before they can be put on it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.forges.forgejo_client import ForgejoClient

COLOUR = "#ededed"
"""Of a label that we make: grey, as GitHub makes them."""


def change_labels(
    client: ForgejoClient, repository: str, number: int, add: Sequence[str], remove: Sequence[str]
) -> None:
    """Put labels on a pull request and take others away; those it has or lacks already are left. Raises ForgeError."""
    what = f"labelling pull request {number}"
    address = f"{repository}/issues/{number}/labels"
    there = {str(row["name"]): int(row["id"]) for row in client.unpaged(what, address)}
    missing = [name for name in add if name not in there]
    if missing:
        known = {str(row["name"]): int(row["id"]) for row in client.rows(what, f"{repository}/labels")}
        for name in missing:
            if name not in known:
                made = client.send(what, "POST", f"{repository}/labels", {"name": name, "color": COLOUR})
                known[name] = int(made["id"])
        client.send(what, "POST", address, {"labels": [known[name] for name in missing]})
    for name in remove:
        if name in there:
            client.send(what, "DELETE", f"{address}/{there[name]}")
