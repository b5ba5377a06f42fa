"""Labels in Forgejo's JSON."""

from __future__ import annotations

import zlib
from typing import Any

from bot.sandbox.forgejo.shapes.repositories import api_of
from bot.sandbox.model import Repository
from bot.sandbox.world import World


def number(name: str) -> int:
    """The id of a label: the sandbox knows labels by their names alone."""
    return zlib.crc32(name.encode())


def known(world: World, repository: Repository) -> list[str]:
    """The names of a repository's labels: those that were made there, and those that are in use."""
    used = [one.labels for one in world.merge_requests.values() if one.repository_id == repository.id]
    return list(dict.fromkeys([*repository.labels, *(name for labels in used for name in labels)]))


def label(world: World, repository: Repository, name: str) -> dict[str, Any]:
    """`Label`."""
    return {
        "id": number(name),
        "name": name,
        "exclusive": False,
        "is_archived": False,
        "color": "ededed",
        "description": "",
        "url": f"{api_of(world, repository)}/labels/{number(name)}",
    }
