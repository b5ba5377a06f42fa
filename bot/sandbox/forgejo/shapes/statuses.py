"""Commit statuses in Forgejo's JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.sandbox.forgejo.answers import moment
from bot.sandbox.forgejo.shapes.accounts import user
from bot.sandbox.forgejo.shapes.repositories import api_of
from bot.sandbox.model import Repository, Status
from bot.sandbox.world import World

STATES = ("error", "failure", "warning", "pending", "success", "skipped")
"""What a status can be, the worst first (`commitStatusPriorities`)."""
NOTHING = {"state": "", "sha": "", "total_count": 0, "commit_url": "", "url": ""}
"""`CombinedStatus` of a commit without any status."""


def status(world: World, repository: Repository, record: Status) -> dict[str, Any]:
    """`CommitStatus`: what is sent as `state` is told as `status`."""
    return {
        "id": record.id,
        "status": record.state,
        "target_url": record.target_url or "",
        "description": record.description or "",
        "url": f"{api_of(world, repository)}/statuses/{record.sha}",
        "context": record.context,
        "creator": user(world, record.creator),
        "created_at": moment(record.created_at),
        "updated_at": moment(record.updated_at),
    }


def worst(states: Sequence[str]) -> str:
    """The state of all together: an error counts as a failure."""
    found = min(states, key=STATES.index)
    return "failure" if found == "error" else found
