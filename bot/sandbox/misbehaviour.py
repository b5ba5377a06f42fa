"""Faults on order, and a log of every request: a WSGI layer around the whole sandbox."""

from __future__ import annotations

import enum
import fnmatch
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Kind(enum.StrEnum):
    """Ways in which a forge misbehaves."""

    RATE_LIMITED = "429"
    """429 with Retry-After."""
    SECONDARY_LIMIT = "secondary-limit"
    """403 with the text of GitHub's secondary limit and Retry-After."""
    PRIMARY_LIMIT = "primary-limit"
    """403 with `x-ratelimit-remaining: 0` and the moment of its reset, as GitHub answers when the hour is used up."""
    SERVER_ERROR = "500"
    """500 with an HTML page, which is what proxies in front of forges send."""
    DROPPED = "dropped"
    """The connection is closed before any answer."""
    DROPPED_AFTER = "dropped-after"
    """The request is carried out, then the connection is closed without an answer."""
    SLOW = "slow"
    """The answer waits for `seconds`, or until `Misbehaviour.clear` is called."""


@dataclass
class Rule:
    """One order to misbehave."""

    kind: Kind
    path: str = "*"
    """Pattern of the path (`fnmatch`; `*` also matches slashes)."""
    method: str = "*"
    times: int | None = 1
    """How often, None for always."""
    seconds: float | None = 1.0
    """Retry-After (None: no such header, which GitHub does too), or how long the answer waits (None: until `clear`)."""
    after: int = 0
    """How many matching requests are served properly first."""
    hits: int = 0
    """How often it was applied."""


@dataclass(frozen=True)
class Request:
    """A request that reached the sandbox."""

    method: str
    path: str
    query: str
    status: int | None
    """Status of the answer, None where the connection was dropped."""


@dataclass
class Misbehaviour:
    """The rules in force and the requests seen; a WSGI application goes through `around`."""

    rules: list[Rule] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _release: threading.Event = field(default_factory=threading.Event)

    def add(
        self,
        kind: Kind | str,
        path: str = "*",
        *,
        method: str = "*",
        times: int | None = 1,
        seconds: float | None = 1.0,
        after: int = 0,
    ) -> Rule:
        """Misbehave at the next matching requests; the first rule that matches wins."""
        rule = Rule(Kind(kind), path, method, times, seconds, after)
        with self._lock:
            self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """Behave from now on, and let slow answers go."""
        with self._lock:
            self.rules.clear()
            self._release.set()
            self._release = threading.Event()

    def forget_requests(self) -> None:
        """Empty the log, so that a test counts from here."""
        with self._lock:
            self.requests.clear()

    def count(self, path: str = "*", method: str = "*") -> int:
        """How many requests matched since the log was last emptied."""
        with self._lock:
            return sum(_matches(method, path, entry.method, entry.path) for entry in self.requests)

    def around(self, application: WSGIApplication) -> WSGIApplication:
        """The application with faults and log."""

        def misbehaving(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            rule, release = self._next_rule(environ["REQUEST_METHOD"], _path(environ))

            def start(
                status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /
            ) -> Callable[[bytes], object]:
                self._log(environ, int(status[:3]))
                return start_response(status, headers, exc_info)

            if rule is None:
                return application(environ, start)
            if rule.kind is Kind.SLOW:
                release.wait(rule.seconds)
                return application(environ, start)
            if rule.kind is Kind.DROPPED_AFTER:
                run_wsgi_app(application, environ, buffered=True)
            if rule.kind in (Kind.DROPPED, Kind.DROPPED_AFTER):
                self._log(environ, None)
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
                raise ConnectionAbortedError("the sandbox was told to drop this connection")
            return _refusal(rule)(environ, start)

        return misbehaving

    def _next_rule(self, method: str, path: str) -> tuple[Rule | None, threading.Event]:
        with self._lock:
            for rule in self.rules:
                if not _matches(rule.method, rule.path, method, path):
                    continue
                if rule.after:
                    rule.after -= 1
                    continue
                if rule.times is not None and rule.hits >= rule.times:
                    continue
                rule.hits += 1
                return rule, self._release
            return None, self._release

    def _log(self, environ: WSGIEnvironment, status: int | None) -> None:
        entry = Request(environ["REQUEST_METHOD"], _path(environ), environ.get("QUERY_STRING", ""), status)
        with self._lock:
            self.requests.append(entry)


def _path(environ: WSGIEnvironment) -> str:
    path: str = environ["PATH_INFO"]
    return path.encode("latin-1").decode("utf-8", "replace")


def _matches(method_pattern: str, path_pattern: str, method: str, path: str) -> bool:
    return method_pattern in ("*", method) and fnmatch.fnmatchcase(path, path_pattern)


def _refusal(rule: Rule) -> Response:
    if rule.kind is Kind.SERVER_ERROR:
        page = "<html><head><title>500 Internal Server Error</title></head><body>Something went wrong.</body></html>"
        return Response(page, 500, content_type="text/html")
    if rule.kind is Kind.PRIMARY_LIMIT:
        refusal = _message(403, "API rate limit exceeded for this token.")
        refusal.headers["X-RateLimit-Limit"] = "5000"
        refusal.headers["X-RateLimit-Remaining"] = "0"
        refusal.headers["X-RateLimit-Reset"] = str(int(time.time() + (rule.seconds or 0)))
        return refusal
    if rule.kind is Kind.RATE_LIMITED:
        refusal = _message(429, "Too Many Requests")
    else:
        refusal = _message(
            403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        )
    if rule.seconds is not None:
        refusal.headers["Retry-After"] = f"{rule.seconds:.0f}"
    return refusal


def _message(status: int, text: str) -> Response:
    body = json.dumps({"message": text, "documentation_url": "https://docs.github.com/rest"})
    return Response(body, status, content_type="application/json; charset=utf-8")
