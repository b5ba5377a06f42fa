"""The world that the request at hand belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:
    from bot.sandbox.world import World

KEY = "weighbridge-sandbox"
"""Key under which `bot.sandbox.server` keeps the world in Flask's `extensions`."""


def world() -> World:
    """The world of the running application."""
    return cast("World", current_app.extensions[KEY])
