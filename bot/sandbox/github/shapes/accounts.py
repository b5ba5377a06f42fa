"""Accounts, Apps and installations in GitHub's JSON."""

from __future__ import annotations

from typing import Any

from bot.sandbox.github.shapes import api, moment, node_id
from bot.sandbox.model import Account, App, Installation
from bot.sandbox.world import World

EPOCH = "2020-01-01T00:00:00Z"
"""When every account of the sandbox joined."""


def simple_user(world: World, login: str) -> dict[str, Any]:
    """`simple-user`."""
    account = world.account(login)
    url = f"{api(world)}/users/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id("User", account.id),
        "avatar_url": f"{world.url}/avatars/u/{account.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{world.url}/{account.login.removesuffix('[bot]')}",
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": account.kind,
        "site_admin": False,
    }


def private_user(world: World, account: Account) -> dict[str, Any]:
    """`private-user`: what somebody sees of their own account."""
    empty = dict.fromkeys(("company", "blog", "location", "hireable", "bio"))
    counted = ("public_repos", "public_gists", "followers", "following", "private_gists", "total_private_repos")
    zeros = dict.fromkeys((*counted, "owned_private_repos", "disk_usage", "collaborators"), 0)
    own = {"name": account.name, "email": account.email, "created_at": EPOCH, "updated_at": EPOCH}
    return simple_user(world, account.login) | empty | zeros | own | {"two_factor_authentication": True}


def app(world: World, record: App) -> dict[str, Any]:
    """`integration`."""
    page = f"{world.url}/apps/{record.slug}"
    return {
        "id": record.id,
        "slug": record.slug,
        "node_id": node_id("Integration", record.id),
        "owner": simple_user(world, record.owner),
        "name": record.name,
        "description": "",
        "external_url": page,
        "html_url": page,
        "created_at": moment(record.created_at),
        "updated_at": moment(record.created_at),
        "permissions": {"metadata": "read"} | record.permissions,
        "events": list(record.events),
    }


def installation(world: World, record: Installation) -> dict[str, Any]:
    """`installation`."""
    owner = world.apps[record.app_id]
    account = world.account(record.account)
    return {
        "id": record.id,
        "account": simple_user(world, record.account),
        "repository_selection": "selected",
        "access_tokens_url": f"{api(world)}/app/installations/{record.id}/access_tokens",
        "repositories_url": f"{api(world)}/installation/repositories",
        "html_url": f"{world.url}/settings/installations/{record.id}",
        "app_id": record.app_id,
        "app_slug": owner.slug,
        "target_id": account.id,
        "target_type": account.kind,
        "permissions": {"metadata": "read"} | owner.permissions,
        "events": list(owner.events),
        "created_at": moment(record.created_at),
        "updated_at": moment(record.created_at),
        "single_file_name": None,
        "suspended_by": None,
        "suspended_at": None,
    }
