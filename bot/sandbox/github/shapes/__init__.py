"""Records of the world in GitHub's JSON; each module is checked against the published schemas in tests/sandbox."""

from __future__ import annotations

import base64
from datetime import datetime

from bot.sandbox.world import World


def api(world: World) -> str:
    """Address of the REST API."""
    return f"{world.url}/api/v3"


def node_id(kind: str, number: int | str) -> str:
    """The GraphQL id of a record."""
    return base64.b64encode(f"0:{kind}{number}".encode()).decode()


def moment(value: datetime) -> str:
    """A time as GitHub writes it."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_or_null(value: datetime | None) -> str | None:
    """A time as GitHub writes it, null where there is none."""
    return None if value is None else moment(value)
