"""Comments, reviews and reactions in Forgejo's JSON."""

from __future__ import annotations

from typing import Any

from bot.sandbox.forgejo.answers import moment
from bot.sandbox.forgejo.shapes.accounts import user
from bot.sandbox.forgejo.shapes.pulls import address
from bot.sandbox.model import Note, Reaction, Review
from bot.sandbox.world import World

REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
"""The reactions that Forgejo allows by default (its setting REACTIONS)."""
_STATES = {"CHANGES_REQUESTED": "REQUEST_CHANGES", "COMMENTED": "COMMENT", "DISMISSED": "APPROVED"}
"""Forgejo's words. One that was dismissed keeps its state; the sandbox dismisses approvals only."""


def comment(world: World, note: Note) -> dict[str, Any]:
    """`Comment`."""
    page = address(world, world.merge_requests[note.merge_request_id])
    return {
        "id": note.id,
        "html_url": f"{page}#issuecomment-{note.id}",
        "pull_request_url": page,
        "issue_url": "",
        "user": user(world, note.author),
        "original_author": "",
        "original_author_id": 0,
        "body": note.body,
        "assets": [],
        "created_at": moment(note.created_at),
        "updated_at": moment(note.updated_at),
    }


def review(world: World, record: Review) -> dict[str, Any]:
    """`PullReview`. It is `stale` where the pull request has changed since."""
    found = world.merge_requests[record.merge_request_id]
    page = address(world, found)
    return {
        "id": record.id,
        "user": user(world, record.author),
        "team": None,
        "state": _STATES.get(record.state, record.state),
        "body": record.body,
        "commit_id": record.commit_sha,
        "stale": record.commit_sha != found.head,
        "official": True,
        "dismissed": record.state == "DISMISSED",
        "comments_count": 0,
        "submitted_at": moment(record.submitted_at),
        "updated_at": moment(record.submitted_at),
        "html_url": f"{page}#issuecomment-{record.id}",
        "pull_request_url": page,
    }


def reaction(world: World, record: Reaction) -> dict[str, Any]:
    """`Reaction`, which has no number."""
    return {
        "user": user(world, record.login),
        "content": record.content,
        "created_at": moment(record.created_at),
    }
