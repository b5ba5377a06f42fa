"""How often a caller asked in this minute, and what GitLab's headers say of it ("Rate limits", response headers)."""

from __future__ import annotations

import time
from collections import Counter
from typing import cast

from flask import Response, current_app

from bot.sandbox.current import world
from bot.sandbox.gitlab import credentials

WINDOW = 60
"""Seconds of one count."""


def counting() -> Counting:
    """The one count of the running application: GitLab counts both of its APIs together."""
    return cast("Counting", current_app.extensions.setdefault("weighbridge-gitlab-counting", Counting()))


class Counting:
    """The requests of each token, or of all who have none, minute by minute."""

    def __init__(self) -> None:
        self._used: Counter[tuple[str, int]] = Counter()

    def refusal(self) -> Response | None:
        """The answer to one request too many, None for any other."""
        if self._used[self._key()] < world().limits.gitlab.requests_per_minute:
            return None
        wait = str(WINDOW - int(time.time()) % WINDOW)
        return Response("Retry later\n", 429, {"Retry-After": wait}, content_type="text/plain")

    def counted(self, response: Response) -> Response:
        """The answer with its headers."""
        key, limit = self._key(), world().limits.gitlab.requests_per_minute
        self._used[key] += 1
        response.headers["RateLimit-Limit"] = str(limit)
        response.headers["RateLimit-Observed"] = str(self._used[key])
        response.headers["RateLimit-Remaining"] = str(max(0, limit - self._used[key]))
        response.headers["RateLimit-Reset"] = str((key[1] + 1) * WINDOW)
        return response

    def _key(self) -> tuple[str, int]:
        return credentials.presented_token() or "", int(time.time()) // WINDOW
