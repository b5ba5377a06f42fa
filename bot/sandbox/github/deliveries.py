"""What was sent to the webhook of an App ("REST API endpoints for GitHub App webhooks")."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.current import world
from bot.sandbox.github import answers, credentials
from bot.sandbox.github.shapes import moment
from bot.sandbox.webhooks import Delivery

routes = Blueprint("deliveries", __name__)

_PAGE = 30
_LARGEST_PAGE = 100


@routes.get("/app/hook/deliveries")
def list_deliveries() -> Response:
    """The attempts, newest first; the address of the next page holds a cursor."""
    rows = _own()
    if cursor := request.args.get("cursor"):
        if not cursor.isdecimal():
            raise answers.ApiError(400, "Invalid cursor")
        rows = [one for one in rows if one.id < int(cursor)]
    asked = request.args.get("per_page", "")
    size = min(int(asked) if asked.isdecimal() and int(asked) else _PAGE, _LARGEST_PAGE)
    page = rows[:size]
    answer = jsonify([_shape(one) for one in page])
    if len(rows) > size:
        query = urlencode(request.args.to_dict() | {"cursor": str(page[-1].id)})
        answer.headers["Link"] = f'<{request.base_url}?{query}>; rel="next"'
    return answer


@routes.get("/app/hook/deliveries/<int:number>")
def get_delivery(number: int) -> Response:
    """One attempt with what it said and how it was answered."""
    found = _find(number)
    more = {
        "url": found.hook.url,
        "request": {"headers": found.headers, "payload": found.payload},
        "response": {"headers": {}, "payload": found.response},
    }
    return jsonify(_shape(found) | more)


@routes.post("/app/hook/deliveries/<int:number>/attempts")
def redeliver(number: int) -> tuple[Response, int]:
    """Send it again."""
    world().webhooks.redeliver(_find(number))
    return jsonify({}), 202


def _own() -> list[Delivery]:
    app = credentials.app()
    own = {one.id for one in world().installations.values() if one.app_id == app.id}
    tried = [one for one in reversed(world().webhooks.deliveries) if one.done.is_set()]
    return [one for one in tried if one.hook.installation_id in own]


def _find(number: int) -> Delivery:
    for one in _own():
        if one.id == number:
            return one
    raise answers.not_found()


def _shape(one: Delivery) -> dict[str, Any]:
    action = one.payload.get("action")
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": moment(one.at),
        "redelivery": one.redelivered,
        "duration": 0.03,
        "status": "failed to connect" if one.status is None else "OK" if one.status < 400 else "Invalid HTTP Response",
        "status_code": one.status or 502,
        "event": one.event,
        "action": action if isinstance(action, str) else None,
        "installation_id": one.hook.installation_id,
        "repository_id": one.hook.repository_id,
        "throttled_at": None,
    }
