"""GitLab's REST API v4 and webhooks over the world of the sandbox.

Written from GitLab's published documentation; tests/sandbox compares answers and payloads with its examples.
"""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, make_response, request
from flask.blueprints import BlueprintSetupState

from bot.sandbox.gitlab.answers import ApiError
from bot.sandbox.gitlab.approvals import routes as approvals
from bot.sandbox.gitlab.commits import routes as commits
from bot.sandbox.gitlab.counting import counting
from bot.sandbox.gitlab.discussions import routes as discussions
from bot.sandbox.gitlab.events import listener
from bot.sandbox.gitlab.files import routes as files
from bot.sandbox.gitlab.graphql import answering
from bot.sandbox.gitlab.hooks import routes as hooks
from bot.sandbox.gitlab.merge_requests import routes as merge_requests
from bot.sandbox.gitlab.notes import routes as notes
from bot.sandbox.gitlab.projects import routes as projects
from bot.sandbox.gitlab.reactions import routes as reactions
from bot.sandbox.gitlab.routing import Anything, raw_parts

__all__ = ["answering", "blueprint", "listener"]

PREFIX = "/api/v4"
_AREAS = (projects, hooks, files, commits, merge_requests, notes, discussions, reactions, approvals)


def blueprint() -> Blueprint:
    """The routes, to be registered at `/api/v4`."""
    whole = Blueprint("gitlab", __name__)

    @whole.record
    def know_converter(state: BlueprintSetupState) -> None:
        state.app.url_map.converters["anything"] = Anything

    @whole.errorhandler(ApiError)
    def refuse(error: ApiError) -> Response:
        return error.response()

    @whole.before_request
    def limit() -> Response | None:
        return counting().refusal()

    @whole.after_request
    def finish(response: Response) -> Response:
        counting().counted(response)
        response.headers["X-Request-Id"] = uuid.uuid4().hex[:26].upper()
        return response

    @whole.route("/<anything:_>", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    def dispatch(_: str) -> Response:
        parts = raw_parts(PREFIX)
        for area in _AREAS:
            view = area.find(request.method, parts)
            if view:
                return make_response(view())
        raise ApiError(404, {"error": "404 Not Found"})

    return whole
