"""What our GitHub App asks for, each permission with its reason, as the manifest from which GitHub makes the App.

Fields after "Registering a GitHub App from a manifest"; what an event needs after "Webhook events and payloads".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

NAME_LIMIT = 34
"""Characters that the name of an App may have ("Registering a GitHub App")."""


@dataclass(frozen=True)
class Permission:
    """One permission, in GitHub's word and in that of its pages, and what the bot does with it."""

    key: str
    name: str
    level: str
    reason: str
    optional: bool = False


PERMISSIONS = (
    Permission("metadata", "Metadata", "read", "GitHub gives it to every App: names and ids of repositories."),
    Permission("contents", "Contents", "read", "Reads the changed files, the policy and licences. Never writes any."),
    Permission("pull_requests", "Pull requests", "write", "Reads what a pull request changes and comments on it."),
    Permission("checks", "Checks", "write", "Sets the verdict that branch protection can require."),
    Permission("merge_queues", "Merge queues", "read", "Hears when a merge queue waits for the verdict."),
    Permission(
        "members",
        "Members (of the organisation)",
        "read",
        "Sees who is in a team, for policies that require a team's review. Leave it out where none does.",
        optional=True,
    ),
)
"""The least that the bot can work with; `bot.forges.github_client.PERMISSIONS` is what a token then asks for."""

EVENTS = {
    "pull_request": "a pull request was opened, changed, retargeted or closed",
    "pull_request_review": "somebody approved, or took an approval back",
    "check_run": "somebody asks for the check again",
    "check_suite": "somebody asks for all checks again",
    "merge_group": "a merge queue waits for a verdict",
    "push": "a policy may have changed",
    "repository": "a repository was renamed, transferred or deleted",
}
"""Each needs no permission but those above: GitHub refuses the whole manifest otherwise, as for `issue_comment` without
Issues. GitHub tells every App of its installations, and refuses a manifest that asks for that."""


def permissions(*, teams: bool) -> dict[str, str]:
    """Level by permission; with `teams` also what only policies with teams need."""
    return {one.key: one.level for one in PERMISSIONS if teams or not one.optional}


def manifest(public_url: str, back: str, name: str, *, teams: bool) -> dict[str, Any]:
    """The manifest. `back` is where GitHub sends the browser when the App is made."""
    return {
        "name": name[:NAME_LIMIT],
        "url": public_url,
        "description": "Judges pre-trained model weights in pull requests: licence, size, safety of loading, origin.",
        "hook_attributes": {"url": f"{public_url}/webhooks/github", "active": True},
        "redirect_url": back,
        # Only whoever owns it installs it; its settings on GitHub can open it to others.
        "public": False,
        "default_permissions": permissions(teams=teams),
        "default_events": list(EVENTS),
    }
