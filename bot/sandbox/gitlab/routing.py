"""Routes as GitLab has them: a path or a project's name is one percent-encoded part of the address.

WSGI hands over addresses decoded, and then `a%2Fraw` cannot be told from `a/raw`. So the address is taken as it was
sent, cut at its slashes, and only then decoded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote

from flask import Response, request
from werkzeug.routing import BaseConverter

Answer = Response | tuple[Response | str, int]
View = Callable[..., Answer]
V = TypeVar("V", bound=View)


class Anything(BaseConverter):
    """A converter that takes the whole rest of an address, whatever is in it, line breaks too."""

    regex = "(?s:.*)"
    part_isolating = False


@dataclass(frozen=True)
class _Route:
    method: str
    parts: tuple[str, ...]
    view: View

    def match(self, method: str, parts: list[str]) -> dict[str, str] | None:
        if method != self.method or len(parts) != len(self.parts):
            return None
        found = {}
        for wanted, part in zip(self.parts, parts, strict=True):
            if wanted.startswith(":"):
                found[wanted[1:]] = unquote(part, errors="surrogateescape")
            elif wanted != part:
                return None
        return found


class Routes:
    """The routes of one area; `:name` in a path is an argument of the view, always text."""

    def __init__(self) -> None:
        self._routes: list[_Route] = []

    def on(self, method: str, *paths: str) -> Callable[[V], V]:
        """Register a view for a method and one or more paths."""

        def register(view: V) -> V:
            self._routes += [_Route(method, tuple(path.strip("/").split("/")), view) for path in paths]
            return view

        return register

    def find(self, method: str, parts: list[str]) -> Callable[[], Answer] | None:
        """The view for a request with its arguments, None where there is none."""
        for route in self._routes:
            arguments = route.match(method, parts)
            if arguments is not None:
                return lambda route=route, arguments=arguments: route.view(**arguments)  # type: ignore[misc]
        return None


def raw_path() -> str:
    """The path of the request as it was sent."""
    sent = request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI") or request.path
    return str(sent).partition("?")[0]


def raw_parts(prefix: str) -> list[str]:
    """What follows a prefix in the path, cut at its slashes and still encoded."""
    return raw_path().removeprefix(prefix).strip("/").split("/")
