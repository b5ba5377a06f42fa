"""Forgejo's REST API v1 and webhooks over the world of the sandbox; Gitea's are nearly the same.

Written from Forgejo's published description and its code; tests/sandbox checks answers against the description.
"""

from __future__ import annotations

from flask import Blueprint, Response
from flask.blueprints import BlueprintSetupState

from bot.sandbox.forgejo import accounts, comments, git_data, hooks, labels, pulls, repos, reviews, statuses
from bot.sandbox.forgejo.answers import PREFIX, ApiError, not_found
from bot.sandbox.forgejo.events import listener
from bot.sandbox.gitlab.routing import Anything

__all__ = ["PREFIX", "blueprint", "listener"]

_AREAS = (accounts, repos, hooks, git_data, pulls, reviews, comments, labels, statuses)


def blueprint() -> Blueprint:
    """The routes, to be registered at `/api/v1`."""
    whole = Blueprint("forgejo", __name__)

    @whole.record
    def know_converter(state: BlueprintSetupState) -> None:
        state.app.url_map.converters["anything"] = Anything

    for area in _AREAS:
        whole.register_blueprint(area.routes)

    @whole.errorhandler(ApiError)
    def refuse(error: ApiError) -> Response:
        return error.response()

    @whole.route("/<anything:_>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def unknown(_: str) -> Response:
        return not_found().response()

    return whole
