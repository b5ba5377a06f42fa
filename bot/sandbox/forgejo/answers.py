"""How Forgejo's REST API answers: errors, pages, times."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, jsonify, request

from bot.sandbox.current import world
from bot.sandbox.gitlab.routing import raw_path
from bot.sandbox.world import World

PREFIX = "/api/v1"
T = TypeVar("T")


class ApiError(Exception):
    """An answer that is not a success ("APIError": a message and the address of the description)."""

    def __init__(self, status: int, message: str, errors: Sequence[str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors

    def response(self) -> Response:
        """The error as Forgejo words it; only "not found" has a list of errors."""
        body: dict[str, Any] = {"message": self.message, "url": f"{world().url}/api/swagger"}
        if self.errors is not None:
            body["errors"] = list(self.errors)
        answer = jsonify(body)
        answer.status_code = self.status
        return answer


def not_found() -> ApiError:
    """404, also where something is hidden."""
    return ApiError(404, "The target couldn't be found.", [])


def invalid(message: str) -> ApiError:
    """422: the body is not what the operation needs."""
    return ApiError(422, message)


def sent() -> dict[str, Any]:
    """The JSON object that the request carries."""
    body = request.get_json(force=True, silent=True) if request.get_data() else {}
    if not isinstance(body, dict):
        raise invalid("[]: the body is no JSON object")
    return body


def text(body: dict[str, Any], field: str, name: str) -> str:
    """A text that must be there."""
    value = body.get(field)
    if not isinstance(value, str) or not value:
        raise invalid(f"[{name}]: Required")
    return value


def url_of(of: World) -> str:
    """Address of the API."""
    return of.url + PREFIX


def moment(when: datetime) -> str:
    """A time as Go writes it: RFC 3339 in whole seconds."""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


def moment_or_null(when: datetime | None) -> str | None:
    """A time, null where there is none."""
    return moment(when) if when else None


def shown(path: str) -> str:
    """A path as Go writes it into JSON: bytes that are not UTF-8 are replaced."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def number(name: str, default: int) -> int:
    """A number of the query, the default where it is none."""
    value = request.args.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 10 else default


def page(items: Sequence[T], shape: Callable[[T], Any], *, linked: bool = True) -> Response:
    """The page that was asked for. X-Total-Count counts all; not every list says `linked` where the next page is."""
    limits = world().limits.forgejo
    size = max(1, min(number("limit", 0) or limits.page, limits.largest_page))
    here = max(1, number("page", 1))
    last = max(1, math.ceil(len(items) / size))
    answer = jsonify([shape(item) for item in items[(here - 1) * size : here * size]])
    answer.headers["X-Total-Count"] = str(len(items))
    links = [_link(here + 1, "next"), _link(last, "last")] if here < last else []
    links += [_link(1, "first"), _link(here - 1, "prev")] if here > 1 else []
    if linked and links:
        answer.headers["Link"] = ",".join(links)
    return answer


def _link(wanted: int, relation: str) -> str:
    arguments = request.args.to_dict() | {"page": str(wanted)}
    return f'<{world().url}{raw_path()}?{urlencode(arguments)}>; rel="{relation}"'
