"""Commits and branches in Forgejo's JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.sandbox.diff import ChangedFile, changed_files
from bot.sandbox.forgejo.answers import shown
from bot.sandbox.forgejo.shapes.repositories import api_of, page_of
from bot.sandbox.git import EMPTY_TREE
from bot.sandbox.model import Repository
from bot.sandbox.world import World

_NOT_SIGNED = {
    "verified": False,
    "reason": "gpg.error.not_signed_commit",
    "signature": "",
    "signer": None,
    "payload": "",
}
_AFFECTED = {"A": "added", "D": "removed"}


def commit(world: World, repository: Repository, sha: str, *, with_files: bool = True) -> dict[str, Any]:
    """`Commit`."""
    record = repository.git.read_commit(sha)
    api = api_of(world, repository)
    url = f"{api}/git/commits/{sha}"
    files = changed_files(repository.git, record.parents[0] if record.parents else EMPTY_TREE, sha)
    added, deleted = sum(file.additions for file in files), sum(file.deletions for file in files)
    return {
        "url": url,
        "sha": sha,
        "created": record.committer_date,
        "html_url": f"{page_of(world, repository)}/commit/{sha}",
        "commit": {
            "url": url,
            "author": {"name": record.author_name, "email": record.author_email, "date": record.author_date},
            "committer": {
                "name": record.committer_name,
                "email": record.committer_email,
                "date": record.committer_date,
            },
            "message": record.message,
            "tree": {"url": f"{api}/git/trees/{record.tree}", "sha": record.tree, "created": record.committer_date},
            "verification": _NOT_SIGNED,
        },
        "author": None,
        "committer": None,
        "parents": [
            {"url": f"{api}/git/commits/{one}", "sha": one, "created": "0001-01-01T00:00:00Z"} for one in record.parents
        ],
        "files": [{"filename": shown(file.path), "status": _AFFECTED.get(file.letter, "modified")} for file in files]
        if with_files
        else None,
        "stats": {"total": added + deleted, "additions": added, "deletions": deleted},
    }


def payload_commit(
    world: World, repository: Repository, sha: str, files: Sequence[ChangedFile] | None = None
) -> dict[str, Any]:
    """`PayloadCommit`, as branches and pushes carry it; only pushes tell the files."""
    record = repository.git.read_commit(sha)
    return {
        "id": sha,
        "message": f"{record.message}\n",
        "url": f"{page_of(world, repository)}/commit/{sha}",
        "author": {"name": record.author_name, "email": record.author_email, "username": ""},
        "committer": {"name": record.committer_name, "email": record.committer_email, "username": ""},
        "verification": None,
        "timestamp": record.committer_date,
        "added": _names(files, "ARC"),
        "removed": None
        if files is None
        else [shown(file.previous_path or file.path) for file in files if file.letter in "DR"],
        "modified": _names(files, "MT"),
    }


def _names(files: Sequence[ChangedFile] | None, letters: str) -> list[str] | None:
    return None if files is None else [shown(file.path) for file in files if file.letter in letters]


def branch(world: World, repository: Repository, name: str, sha: str) -> dict[str, Any]:
    """`Branch`, without protection."""
    return {
        "name": name,
        "commit": payload_commit(world, repository, sha),
        "protected": False,
        "required_approvals": 0,
        "enable_status_check": False,
        "status_check_contexts": [],
        "user_can_push": False,
        "user_can_merge": False,
        "effective_branch_protection_name": "",
    }
