"""Accounts and teams in Forgejo's JSON."""

from __future__ import annotations

from typing import Any

from bot.sandbox.world import World

EPOCH = "2020-01-01T00:00:00Z"
"""When every account of the sandbox joined."""
NEVER = "0001-01-01T00:00:00Z"
"""Go's zero time, which stands for a time that was never."""


def user(world: World, login: str) -> dict[str, Any]:
    """`User`."""
    account = world.account(login)
    return {
        "id": account.id,
        "login": account.login,
        "login_name": "",
        "source_id": 0,
        "full_name": account.name,
        "email": f"{account.login}@noreply.sandbox.example",
        "avatar_url": f"{world.url}/avatars/{account.id}",
        "html_url": f"{world.url}/{account.login}",
        "language": "",
        "is_admin": False,
        "last_login": NEVER,
        "created": EPOCH,
        "restricted": False,
        "active": False,
        "prohibit_login": False,
        "location": "",
        "pronouns": "",
        "website": "",
        "description": "",
        "visibility": "public",
        "followers_count": 0,
        "following_count": 0,
        "starred_repos_count": 0,
    }


def team_id(world: World, path: str) -> int:
    """The number of a team: its place among those of the world."""
    return list(world.teams).index(path) + 1


def team(world: World, path: str) -> dict[str, Any]:
    """`Team`, as lists carry it."""
    return {
        "id": team_id(world, path),
        "name": path.partition("/")[2],
        "description": "",
        "organization": None,
        "includes_all_repositories": False,
        "permission": "read",
        "units": ["repo.code", "repo.pulls"],
        "units_map": {"repo.code": "read", "repo.pulls": "read"},
        "can_create_org_repo": False,
    }
