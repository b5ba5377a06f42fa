"""GitHub's REST API v3 and webhooks over the world of the sandbox.

Written from GitHub's published description; tests/sandbox checks answers and payloads against its schemas.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter

from flask import Blueprint, Response, request

from bot.sandbox.current import world
from bot.sandbox.github import accounts, answers, checks, comments, credentials, git_data, pulls, repos, reviews
from bot.sandbox.github.events import listener

__all__ = ["blueprint", "listener"]

_AREAS = (accounts, repos, git_data, pulls, comments, reviews, checks)


def blueprint() -> Blueprint:
    """The routes below the address of the API."""
    whole = Blueprint("github", __name__)
    for area in _AREAS:
        whole.register_blueprint(area.routes)
    used: Counter[str] = Counter()
    reset = int(time.time()) + 3600

    @whole.errorhandler(answers.ApiError)
    def refuse(error: answers.ApiError) -> Response:
        return error.response()

    @whole.route("/", defaults={"_": ""})
    @whole.route("/<path:_>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def unknown(_: str) -> Response:
        return answers.not_found().response()

    @whole.before_request
    def count() -> None:
        if used[_caller()] >= world().limits.github.requests_per_hour:
            raise answers.ApiError(403, "API rate limit exceeded")

    @whole.after_request
    def finish(response: Response) -> Response:
        if request.method == "GET" and response.status_code == 200 and response.is_json:
            response.add_etag(weak=True)
            response.make_conditional(request)
        if response.status_code != 304:
            used[_caller()] += 1
        limit = world().limits.github.requests_per_hour
        response.headers["X-GitHub-Request-Id"] = uuid.uuid4().hex[:20].upper()
        response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        response.headers["X-RateLimit-Limit"] = str(limit)
        response.headers["X-RateLimit-Remaining"] = str(max(0, limit - used[_caller()]))
        response.headers["X-RateLimit-Reset"] = str(reset)
        return response

    return whole


def _caller() -> str:
    return credentials.presented_token() or request.remote_addr or ""
