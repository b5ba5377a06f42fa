"""How GitLab's REST API answers: errors, pages, parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, jsonify, request

from bot.sandbox.current import world
from bot.sandbox.gitlab.routing import raw_path

T = TypeVar("T")
TOTAL_LIMIT = 10_000
"""Entries above which X-Total is not told ("REST API", Pagination response headers)."""


class ApiError(Exception):
    """An answer that is not a success; `body` is the whole JSON object."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body

    def response(self) -> Response:
        """The error as GitLab words it."""
        answer = jsonify(self.body)
        answer.status_code = self.status
        return answer


def unauthorised() -> ApiError:
    """401."""
    return ApiError(401, {"message": "401 Unauthorized"})


def forbidden() -> ApiError:
    """403."""
    return ApiError(403, {"message": "403 Forbidden"})


def not_found(resource: str = "") -> ApiError:
    """404, also where something is hidden; GitLab names the kind of thing."""
    return ApiError(404, {"message": f"404 {resource} Not Found" if resource else "404 Not found"})


def bad_request(reason: str) -> ApiError:
    """400 about something that GitLab checked itself."""
    return ApiError(400, {"message": f"400 Bad request - {reason}" if reason else "400 Bad request"})


def invalid(parameter: str, fault: str) -> ApiError:
    """400 about a parameter: `body is missing`, `state does not have a valid value`."""
    return ApiError(400, {"error": f"{parameter} {fault}"})


def sent() -> dict[str, Any]:
    """The parameters of the request: its query, its form, its JSON object."""
    values = _nested({**request.args.to_dict(), **request.form.to_dict()})
    if request.is_json and request.get_data():
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            raise ApiError(400, {"error": "The request body could not be parsed as JSON"})
        values |= body
    return values


def _nested(flat: dict[str, str]) -> dict[str, Any]:
    """`position[new_path]=a` as it is meant: an object with the key `new_path`; line numbers become numbers."""
    values: dict[str, Any] = {}
    for name, value in flat.items():
        outer, bracket, inner = name.removesuffix("]").partition("[")
        if bracket and name.endswith("]"):
            inside = values.setdefault(outer, {})
            if isinstance(inside, dict):
                inside[inner] = int(value) if inner.endswith("_line") and value.isdecimal() else value
        else:
            values[name] = value
    return values


def text(values: dict[str, Any], name: str, *, limit: int | None = None) -> str:
    """A text that must be there and must not be blank."""
    value = values.get(name)
    if value is None:
        raise invalid(name, "is missing")
    if not isinstance(value, str):
        raise invalid(name, "is invalid")
    if not value.strip():
        raise ApiError(400, {"message": {"note" if name == "body" else name: ["can't be blank"]}})
    if limit is not None and len(value) > limit:
        raise ApiError(400, {"message": {"note": [f"is too long (maximum is {limit} characters)"]}})
    return value


def truth(value: object) -> bool | None:
    """A boolean in any of the ways in which it may be sent, None where it is none."""
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())


def number(value: str) -> int:
    """An id that stands in an address. Anything but digits is not found."""
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise ApiError(404, {"error": "404 Not Found"})
    return int(value)


def moment(when: datetime | None) -> str | None:
    """A time as GitLab's API writes it."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z" if when else None


def shown(path: str) -> str:
    """A path as JSON can carry it: bytes that are not UTF-8 are replaced."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def page(items: Sequence[T], shape: Callable[[T], Any], *, keyset: Callable[[T], str] | None = None) -> Response:
    """The page that was asked for ("REST API", Pagination).

    `keyset` gives the token of an entry; with `pagination=keyset` the next page begins after it.
    """
    limits = world().limits.gitlab
    size = max(1, min(_asked("per_page", limits.page), limits.largest_page))
    if keyset and request.args.get("pagination") == "keyset":
        return _keyset_page(items, shape, keyset, size)
    here = max(1, _asked("page", 1))
    last = max(1, math.ceil(len(items) / size))
    answer = jsonify([shape(item) for item in items[(here - 1) * size : here * size]])
    links = [_link("first", page=1), _link("last", page=last)]
    if here < last:
        links.insert(0, _link("next", page=here + 1))
    if here > 1:
        links.insert(0, _link("prev", page=here - 1))
    answer.headers["Link"] = ", ".join(links)
    answer.headers["X-Page"] = str(here)
    answer.headers["X-Per-Page"] = str(size)
    answer.headers["X-Next-Page"] = str(here + 1) if here < last else ""
    answer.headers["X-Prev-Page"] = str(here - 1) if here > 1 else ""
    if len(items) <= TOTAL_LIMIT:
        answer.headers["X-Total"] = str(len(items))
        answer.headers["X-Total-Pages"] = str(last)
    return answer


def _keyset_page(items: Sequence[T], shape: Callable[[T], Any], token: Callable[[T], str], size: int) -> Response:
    after = request.args.get("page_token")
    tokens = [token(item) for item in items]
    start = tokens.index(after) + 1 if after in tokens else 0
    chosen = items[start : start + size]
    answer = jsonify([shape(item) for item in chosen])
    if start + size < len(items):
        answer.headers["Link"] = _link("next", page_token=token(chosen[-1]))
    return answer


def _asked(name: str, default: int) -> int:
    value = request.args.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 10 else default


def _link(relation: str, **changed: int | str) -> str:
    arguments = request.args.to_dict() | {name: str(value) for name, value in changed.items()}
    return f'<{world().url}{raw_path()}?{urlencode(arguments)}>; rel="{relation}"'
