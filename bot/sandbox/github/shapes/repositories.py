"""Repositories in GitHub's JSON."""

from __future__ import annotations

from typing import Any

from bot.sandbox.github.shapes import api, moment, node_id
from bot.sandbox.github.shapes.accounts import simple_user
from bot.sandbox.model import Repository, State
from bot.sandbox.world import Actor, World

_LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def url_of(world: World, record: Repository) -> str:
    """Address of a repository in the REST API."""
    return f"{api(world)}/repos/{record.full_name}"


def html_url_of(world: World, record: Repository) -> str:
    """Address of a repository for people."""
    return f"{world.url}/{record.full_name}"


def minimal_repository(world: World, record: Repository) -> dict[str, Any]:
    """`minimal-repository`."""
    url = url_of(world, record)
    return {
        "id": record.id,
        "node_id": node_id("Repository", record.id),
        "name": record.name,
        "full_name": record.full_name,
        "private": record.private,
        "owner": simple_user(world, record.owner),
        "html_url": html_url_of(world, record),
        "description": None,
        "fork": record.parent_id is not None,
        "url": url,
        **{name: url + tail for name, tail in _LINKS.items()},
    }


def repository(world: World, record: Repository) -> dict[str, Any]:
    """`repository`, as it stands in webhooks and in the head and base of a pull request."""
    open_now = sum(one.repository_id == record.id and one.state is State.OPEN for one in world.merge_requests.values())
    forks = sum(one.parent_id == record.id for one in world.repositories.values())
    page = html_url_of(world, record)
    host = world.url.partition("://")[2]
    return minimal_repository(world, record) | {
        "created_at": moment(record.created_at),
        "updated_at": moment(record.pushed_at or record.created_at),
        "pushed_at": moment(record.pushed_at or record.created_at),
        "git_url": f"git://{host}/{record.full_name}.git",
        "ssh_url": f"ssh://git@{host}/{record.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "homepage": None,
        "size": 0,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": None,
        "has_issues": True,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": True,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": forks,
        "mirror_url": None,
        "archived": False,
        "disabled": False,
        "open_issues_count": open_now,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "custom_properties": {},
        "visibility": "private" if record.private else "public",
        "forks": forks,
        "open_issues": open_now,
        "watchers": 0,
        "default_branch": record.default_branch,
    }


def full_repository(world: World, record: Repository, actor: Actor | None) -> dict[str, Any]:
    """`full-repository`, as `GET /repos/{owner}/{repo}` answers."""
    level = world.access(record, actor)
    names = {"pull": 10, "triage": 20, "push": 30, "maintain": 40, "admin": 50}
    shape = repository(world, record) | {
        "permissions": {name: level >= needed for name, needed in names.items()},
        "subscribers_count": 0,
        "network_count": 0,
    }
    parent = world.repositories.get(record.parent_id) if record.parent_id else None
    if parent:
        shape |= {"parent": repository(world, parent), "source": repository(world, parent)}
    return shape
