"""GitHub's REST API v3 and webhooks over the world of the sandbox.

Written from GitHub's published description; tests/sandbox checks answers and payloads against its schemas.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from bot.sandbox.current import world
from bot.sandbox.github import (
    accounts,
    answers,
    checks,
    comments,
    deliveries,
    git_data,
    labels,
    pulls,
    registration,
    repos,
    reviews,
)
from bot.sandbox.github.counting import Counting
from bot.sandbox.github.events import listener
from bot.sandbox.github.graphql import answering

__all__ = ["answering", "blueprint", "listener"]

_AREAS = (accounts, registration, deliveries, repos, git_data, pulls, comments, reviews, checks, labels)


def blueprint() -> Blueprint:
    """The routes below the address of the API."""
    whole = Blueprint("github", __name__)
    for area in _AREAS:
        whole.register_blueprint(area.routes)
    counting = Counting(lambda: world().limits.github.requests_per_hour, "core")

    @whole.errorhandler(answers.ApiError)
    def refuse(error: answers.ApiError) -> Response:
        return error.response()

    @whole.route("/", defaults={"_": ""})
    @whole.route("/<path:_>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def unknown(_: str) -> Response:
        return answers.not_found().response()

    @whole.before_request
    def count() -> None:
        if counting.is_used_up():
            raise answers.ApiError(403, "API rate limit exceeded")

    @whole.after_request
    def finish(response: Response) -> Response:
        if request.method == "GET" and response.status_code == 200 and response.is_json:
            response.add_etag(weak=True)
            response.make_conditional(request)
        response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        return counting.counted(response)

    return whole
