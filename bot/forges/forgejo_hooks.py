"""Forgejo's and Gitea's webhooks (`routers/api/v1/utils/hook.go`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bot.forges.forgejo_client import ForgejoClient
from bot.forges.hooks import FoundHook, Place, Wanted
from bot.forges.protocol import ListedRepository

EVENTS = {
    "pull_request": "pull_request_only",
    "pull_request_sync": "pull_request_sync",
    "pull_request_review_approved": "pull_request_review",
    "pull_request_review_rejected": "pull_request_review",
    "pull_request_comment": "pull_request_comment",
    "push": "push",
    "repository": "repository",
}
"""What we have to hear of, as a hook names it, and the name by which it is asked for. There `pull_request` would stand
for all that happens to one, labels and assignments too."""


class ForgejoHooks:
    """The hooks of repositories and organisations."""

    def __init__(self, client: ForgejoClient) -> None:
        self._client = client

    def place_of(self, repository: ListedRepository) -> Place:
        """A repository."""
        return Place(repository.name, f"/repos/{quote(repository.name)}/hooks")

    def whole(self, name: str) -> Place:
        """An organisation; only its owners see its hooks."""
        return Place(name, f"/orgs/{quote(name, safe='')}/hooks", is_whole=True)

    def all_of(self, place: Place) -> Sequence[FoundHook]:
        """Every hook there. Raises ForgeError."""
        return [_found(row) for row in self._client.pages(f"reading the hooks of {place.name}", place.address)]

    def create(self, place: Place, wanted: Wanted) -> None:
        """Make a hook, of the type that Gitea knows too. Raises ForgeError."""
        config = {"url": wanted.url, "content_type": "json", "secret": wanted.secret}
        body = {"type": "gitea", "config": config, "events": _asked(), "active": True}
        self._client.send(f"making a hook for {place.name}", "POST", place.address, body)

    def repair(self, place: Place, hook: FoundHook, wanted: Wanted) -> None:
        """Give it our events: those that are not named are switched off. Its secret cannot be changed. Raises
        ForgeError.
        """
        del wanted
        body = {"events": _asked(), "active": True, "config": {"content_type": "json"}}
        self._client.send(f"repairing the hook of {place.name}", "PATCH", f"{place.address}/{hook.id}", body)

    def wake(self, place: Place, hook: FoundHook) -> bool:
        """Somebody switched it off. Raises ForgeError."""
        body = {"events": _asked(), "active": True}
        self._client.send(f"switching on the hook of {place.name}", "PATCH", f"{place.address}/{hook.id}", body)
        return True

    def remove(self, place: Place, hook: FoundHook) -> None:
        """Take it away. Raises ForgeError."""
        self._client.send(f"removing a hook of {place.name}", "DELETE", f"{place.address}/{hook.id}")


def _asked() -> list[str]:
    return sorted(set(EVENTS.values()))


def _found(row: Mapping[str, Any]) -> FoundHook:
    told = row.get("events") or ()
    # Older versions tell the address in `config` only.
    url = row.get("url") or (row.get("config") or {}).get("url") or ""
    return FoundHook(
        id=str(row["id"]),
        url=str(url),
        missing=tuple(event for event in EVENTS if event not in told),
        asleep="" if row.get("active") is True else "somebody switched it off",
    )
