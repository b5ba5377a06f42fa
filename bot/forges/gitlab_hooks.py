"""GitLab's webhooks ("Project webhooks API", "Group webhooks API")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bot.forges.gitlab_client import GitLabClient
from bot.forges.hooks import FoundHook, Place, Wanted
from bot.forges.protocol import ListedRepository

EVENTS = {
    "merge_requests_events": "merge requests",
    "note_events": "comments",
    "push_events": "pushes",
}
"""What we have to hear of: the switch and the word for it."""
SIGNING_PREFIX = "whsec_"


class GitLabHooks:
    """The hooks of projects and groups."""

    def __init__(self, client: GitLabClient) -> None:
        self._client = client

    def place_of(self, repository: ListedRepository) -> Place:
        """A project."""
        return Place(repository.name, f"/projects/{repository.id}/hooks")

    def whole(self, name: str) -> Place:
        """A group, of which only Premium and Ultimate have hooks."""
        return Place(name, f"/groups/{quote(name, safe='')}/hooks", is_whole=True)

    def all_of(self, place: Place) -> Sequence[FoundHook]:
        """Every hook there. Raises ForgeError."""
        return [_found(row) for row in self._client.pages(f"reading the hooks of {place.name}", place.address)]

    def create(self, place: Place, wanted: Wanted) -> None:
        """Make a hook. Raises ForgeError."""
        self._client.send(f"making a hook for {place.name}", "post", place.address, _values(wanted))

    def repair(self, place: Place, hook: FoundHook, wanted: Wanted) -> None:
        """Switch on what is missing; GitLab leaves switches that are not sent. Raises ForgeError."""
        address = f"{place.address}/{hook.id}"
        self._client.send(f"repairing the hook of {place.name}", "put", address, _values(wanted))

    def wake(self, place: Place, hook: FoundHook) -> bool:
        """Have GitLab try it: a test that is answered with 2xx enables it ("Webhooks", re-enable). Raises ForgeError.

        There is such a call since GitLab 16.11, and it needs a commit to tell of.
        """
        self._client.send(f"trying the hook of {place.name}", "post", f"{place.address}/{hook.id}/test/push_events")
        return True

    def remove(self, place: Place, hook: FoundHook) -> None:
        """Take it away. Raises ForgeError."""
        self._client.send(f"removing a hook of {place.name}", "delete", f"{place.address}/{hook.id}")


def _found(row: Mapping[str, Any]) -> FoundHook:
    return FoundHook(
        id=str(row["id"]),
        url=str(row["url"]),
        missing=tuple(word for switch, word in EVENTS.items() if row.get(switch) is not True),
        verifies_tls=row.get("enable_ssl_verification") is True,
        asleep=_asleep(row),
    )


def _asleep(row: Mapping[str, Any]) -> str:
    """Since GitLab 15.1 a hook says so; it is called no more after four failures in a row, for good after forty."""
    status = row.get("alert_status")
    if status == "temporarily_disabled":
        return f"GitLab rests it after failures until {str(row.get('disabled_until'))[:40]}"
    return "GitLab stopped calling it after too many failures" if status == "disabled" else ""


def _values(wanted: Wanted) -> dict[str, Any]:
    secret = "signing_token" if wanted.secret.startswith(SIGNING_PREFIX) else "token"
    return {
        "url": wanted.url,
        secret: wanted.secret,
        "enable_ssl_verification": wanted.verifies_tls,
        **dict.fromkeys(EVENTS, True),
    }
