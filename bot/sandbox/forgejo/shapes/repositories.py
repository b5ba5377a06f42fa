"""Repositories in Forgejo's JSON."""

from __future__ import annotations

from typing import Any

from bot.sandbox.forgejo.answers import moment, url_of
from bot.sandbox.forgejo.shapes.accounts import NEVER, user
from bot.sandbox.model import Access, Repository, State
from bot.sandbox.world import World


def page_of(world: World, record: Repository) -> str:
    """Address of a repository for people."""
    return f"{world.url}/{record.full_name}"


def api_of(world: World, record: Repository) -> str:
    """Address of a repository in the API."""
    return f"{url_of(world)}/repos/{record.full_name}"


def repository(world: World, record: Repository, access: Access) -> dict[str, Any]:
    """`Repository`; `access` is the asking account's."""
    parent = world.repositories.get(record.parent_id) if record.parent_id else None
    pulls = [one for one in world.merge_requests.values() if one.repository_id == record.id]
    changed = moment(record.pushed_at or record.created_at)
    host = world.url.partition("://")[2]
    return {
        "id": record.id,
        "owner": user(world, record.owner),
        "name": record.name,
        "full_name": record.full_name,
        "description": "",
        "empty": not record.git.branches(),
        "private": record.private,
        "fork": record.parent_id is not None,
        "template": False,
        "parent": repository(world, parent, Access.READ) if parent else None,
        "mirror": False,
        "size": 0,
        "language": "",
        "languages_url": f"{api_of(world, record)}/languages",
        "html_url": page_of(world, record),
        "url": api_of(world, record),
        "link": "",
        "ssh_url": f"ssh://git@{host}/{record.full_name}.git",
        "clone_url": f"{page_of(world, record)}.git",
        "original_url": "",
        "website": "",
        "stars_count": 0,
        "forks_count": sum(one.parent_id == record.id for one in world.repositories.values()),
        "watchers_count": 1,
        "open_issues_count": 0,
        "open_pr_counter": sum(one.state is State.OPEN for one in pulls),
        "release_counter": 0,
        "default_branch": record.default_branch,
        "archived": False,
        "created_at": moment(record.created_at),
        "updated_at": changed,
        "archived_at": NEVER,
        "permissions": {"admin": access >= Access.ADMIN, "push": access >= Access.WRITE, "pull": True},
        "has_issues": True,
        "internal_tracker": {
            "enable_time_tracker": True,
            "allow_only_contributors_to_track_time": True,
            "enable_issue_dependencies": True,
        },
        "has_wiki": True,
        "wiki_branch": "main",
        "has_wiki_contents": False,
        "wiki_ssh_url": f"ssh://git@{host}/{record.full_name}.wiki.git",
        "wiki_clone_url": f"{page_of(world, record)}.wiki.git",
        "globally_editable_wiki": False,
        "has_pull_requests": True,
        "has_projects": True,
        "has_releases": True,
        "has_packages": True,
        "has_actions": False,
        "ignore_whitespace_conflicts": False,
        "allow_merge_commits": True,
        "allow_rebase": True,
        "allow_rebase_explicit": True,
        "allow_squash_merge": True,
        "allow_fast_forward_only_merge": True,
        "allow_rebase_update": True,
        "default_delete_branch_after_merge": False,
        "default_merge_style": "merge",
        "default_allow_maintainer_edit": False,
        "default_update_style": "merge",
        "avatar_url": "",
        "internal": False,
        "mirror_interval": "",
        "object_format_name": "sha1",
        "mirror_updated": NEVER,
        "repo_transfer": None,
        "topics": [],
    }
