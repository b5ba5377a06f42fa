"""How often a caller asked, and what GitHub's headers say of it ("Rate limits for the REST API")."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable

from flask import Response, request

from bot.sandbox.github import credentials

WINDOW = 3_600
"""Seconds after which counting begins anew."""


class Counting:
    """The requests of one window, for each token or address."""

    def __init__(self, limit: Callable[[], int], resource: str) -> None:
        """`limit` gives the requests of a window, `resource` is GitHub's name of what is limited: `core`, `graphql`."""
        self._limit = limit
        self._resource = resource
        self._used: Counter[str] = Counter()
        self._reset = int(time.time()) + WINDOW

    def is_used_up(self) -> bool:
        """Whether whoever asks has no request left."""
        return self._used[_caller()] >= self._limit()

    def counted(self, response: Response) -> Response:
        """The answer with its headers. What had not changed costs nothing."""
        if response.status_code != 304:
            self._used[_caller()] += 1
        left = max(0, self._limit() - self._used[_caller()])
        response.headers["X-GitHub-Request-Id"] = uuid.uuid4().hex[:20].upper()
        response.headers["X-RateLimit-Limit"] = str(self._limit())
        response.headers["X-RateLimit-Remaining"] = str(left)
        response.headers["X-RateLimit-Reset"] = str(self._reset)
        response.headers["X-RateLimit-Resource"] = self._resource
        return response


def _caller() -> str:
    return credentials.presented_token() or request.remote_addr or ""
