"""Commit statuses and check runs in GitHub's JSON."""

from __future__ import annotations

from typing import Any

from bot.sandbox.github.shapes import accounts, moment, moment_or_null, node_id
from bot.sandbox.github.shapes.repositories import html_url_of, minimal_repository, url_of
from bot.sandbox.model import CheckRun, MergeRequest, Repository, Status
from bot.sandbox.world import World


def status(world: World, record: Status) -> dict[str, Any]:
    """`status`."""
    repository = world.repository(record.repository_id)
    creator = accounts.simple_user(world, record.creator)
    return {
        "url": f"{url_of(world, repository)}/statuses/{record.sha}",
        "avatar_url": creator["avatar_url"],
        "id": record.id,
        "node_id": node_id("StatusContext", record.id),
        "state": record.state,
        "description": record.description,
        "target_url": record.target_url,
        "context": record.context,
        "created_at": moment(record.created_at),
        "updated_at": moment(record.updated_at),
        "creator": creator,
    }


def combined(world: World, repository: Repository, sha: str, newest: list[Status], rows: list[Any]) -> dict[str, Any]:
    """`combined-commit-status`; `rows` is the page of statuses that it carries."""
    states = {one.state for one in newest}
    bad = bool(states & {"failure", "error"})
    url = url_of(world, repository)
    return {
        "state": "failure" if bad else "success" if states == {"success"} else "pending",
        "statuses": [{name: value for name, value in row.items() if name != "creator"} for row in rows],
        "sha": sha,
        "total_count": len(newest),
        "repository": minimal_repository(world, repository),
        "commit_url": f"{url}/commits/{sha}",
        "url": f"{url}/commits/{sha}/status",
    }


def check_run(world: World, record: CheckRun) -> dict[str, Any]:
    """`check-run`; `pull_requests` lists those from the same repository only, as on GitHub."""
    repository = world.repository(record.repository_id)
    url = f"{url_of(world, repository)}/check-runs/{record.id}"
    page = f"{html_url_of(world, repository)}/runs/{record.id}"
    pulls = [
        _minimal_pull(world, one)
        for one in world.merge_requests.values()
        if one.repository_id == one.source_repository_id == repository.id and one.head == record.head_sha
    ]
    return {
        "id": record.id,
        "head_sha": record.head_sha,
        "node_id": node_id("CheckRun", record.id),
        "external_id": record.external_id,
        "url": url,
        "html_url": page,
        "details_url": record.details_url or page,
        "status": record.status,
        "conclusion": record.conclusion,
        "started_at": moment(record.started_at),
        "completed_at": moment_or_null(record.completed_at),
        "output": {
            "title": record.title,
            "summary": record.summary,
            "text": record.text,
            "annotations_count": len(record.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "name": record.name,
        "check_suite": {"id": record.check_suite_id},
        "app": accounts.app(world, world.apps[record.app_id]),
        "pull_requests": pulls,
    }


def _minimal_pull(world: World, record: MergeRequest) -> dict[str, Any]:
    repository = world.repository(record.repository_id)
    short = {"id": repository.id, "url": url_of(world, repository), "name": repository.name}
    return {
        "id": record.id,
        "number": record.number,
        "url": f"{url_of(world, repository)}/pulls/{record.number}",
        "head": {"ref": record.source_branch, "sha": record.head, "repo": short},
        "base": {"ref": record.target_branch, "sha": record.versions[-1].start, "repo": short},
    }
