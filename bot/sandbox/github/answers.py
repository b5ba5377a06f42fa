"""How GitHub's REST API answers: errors, pages, media types."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, jsonify, request

from bot.sandbox.current import world

DOCUMENTATION = "https://docs.github.com/rest"

T = TypeVar("T")


class ApiError(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, message: str, errors: Sequence[dict[str, str]] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = list(errors)

    def response(self) -> Response:
        """The error as GitHub words it."""
        body: dict[str, Any] = {"message": self.message}
        if self.errors:
            body["errors"] = self.errors
        answer = jsonify(body | {"documentation_url": DOCUMENTATION, "status": str(self.status)})
        answer.status_code = self.status
        return answer


def not_found() -> ApiError:
    """404, also where something is hidden."""
    return ApiError(404, "Not Found")


def invalid(resource: str, field: str, code: str = "invalid", message: str | None = None) -> ApiError:
    """422 about one field."""
    detail = {"resource": resource, "code": code, "field": field}
    if message:
        detail["message"] = message
    return ApiError(422, "Validation Failed", [detail])


def sent() -> dict[str, Any]:
    """The JSON object that the request carries."""
    if not request.get_data():
        return {}
    body = request.get_json(force=True, silent=True)
    if body is None:
        raise ApiError(400, "Problems parsing JSON")
    if not isinstance(body, dict):
        raise ApiError(400, "Body should be a JSON object")
    return body


def text(body: dict[str, Any], field: str, resource: str, *, limit: int | None = None) -> str:
    """A text that must be there and must not be blank."""
    value = body.get(field)
    if not isinstance(value, str) or not value.strip():
        raise invalid(resource, field, "missing_field")
    if limit is not None and len(value) > limit:
        raise invalid(resource, field, "custom", f"{field} is too long (maximum is {limit} characters)")
    return value


def wants_raw() -> bool:
    """Whether the raw media type was asked for (`application/vnd.github.raw`, also with version or `+json`)."""
    accepted = request.headers.get("Accept", "")
    return any("github" in one and ".raw" in one for one in accepted.split(","))


def shown(path: str) -> str:
    """A path as JSON can carry it: bytes that are not UTF-8 are replaced."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def page(items: Sequence[T], shape: Callable[[T], Any], wrap: Callable[[list[Any]], Any] | None = None) -> Response:
    """The page that was asked for, with a Link header ("Using pagination in the REST API")."""
    limits = world().limits.github
    size = max(1, min(_number("per_page", limits.page), limits.largest_page))
    number = max(1, _number("page", 1))
    last = max(1, math.ceil(len(items) / size))
    shapes = [shape(item) for item in items[(number - 1) * size : number * size]]
    answer = jsonify(wrap(shapes) if wrap else shapes)
    links = []
    if number > 1:
        links += [_link(min(number - 1, last), "prev"), _link(1, "first")]
    if number < last:
        links += [_link(number + 1, "next"), _link(last, "last")]
    if links:
        answer.headers["Link"] = ", ".join(links)
    return answer


def _number(name: str, default: int) -> int:
    value = request.args.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 10 else default


def _link(number: int, relation: str) -> str:
    arguments = request.args.to_dict() | {"page": str(number)}
    return f'<{request.base_url}?{urlencode(arguments)}>; rel="{relation}"'
