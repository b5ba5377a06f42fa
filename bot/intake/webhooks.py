"""`POST /webhooks/...`: verify, parse, store, answer. Nothing is looked up anywhere before the answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Request, Response, jsonify, request
from pydantic import SecretStr

from bot.intake import forgejo, github, gitlab
from bot.intake.deliveries import delivery_of, placed
from bot.intake.events import Event, Ignored
from bot.intake.payloads import MalformedError
from bot.intake.signatures import forgejo_signature_is_right, github_signature_is_right, gitlab_sender_is_right
from bot.settings import Settings
from bot.store.store import Store, StoreError

BODY_LIMIT = 25 * 1024 * 1024
"""Bytes. GitHub sends no payload larger than 25 MB (documentation of webhook events and payloads)."""


@dataclass(frozen=True)
class Sender:
    """How the deliveries of one forge are told and read."""

    forge: str
    secrets: tuple[str, ...]
    is_right: Callable[[bytes, Mapping[str, str], Sequence[str]], bool]
    event_header: str
    parse: Callable[[str, Mapping[str, Any]], Event]
    identity: Callable[[Mapping[str, str], bytes], str]
    host: str
    """Host of the forge, for deliveries that name none."""


def blueprint(store: Store, settings: Settings) -> Blueprint:
    """The receivers, one for each forge: Forgejo signs as GitHub does too, so the address tells who speaks."""
    routes = Blueprint("webhooks", __name__, url_prefix="/webhooks")
    for sender in (_github(settings), _gitlab(settings), _forgejo(settings)):
        routes.add_url_rule(f"/{sender.forge}", sender.forge, _receiver(sender, store), methods=["POST"])
    return routes


def _receiver(sender: Sender, store: Store) -> Callable[[], tuple[Response, int]]:
    def receive() -> tuple[Response, int]:
        if not sender.secrets:
            setting = f"WEIGHBRIDGE_{sender.forge.upper()}_WEBHOOK_SECRET"
            return _answer("refused", f"no secret is set for this forge; set {setting}", HTTPStatus.SERVICE_UNAVAILABLE)
        body = _body(request)
        if body is None:
            return _answer(
                "refused", f"the body is larger than {BODY_LIMIT:,} bytes", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            )
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not sender.is_right(body, headers, sender.secrets):
            return _answer("refused", "the signature or secret is missing or wrong", HTTPStatus.UNAUTHORIZED)
        return _accept(sender, store, headers, body)

    return receive


def _accept(sender: Sender, store: Store, headers: Mapping[str, str], body: bytes) -> tuple[Response, int]:
    event_name = headers.get(sender.event_header, "")
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return _answer("refused", "the body is not JSON; set the hook's content type to application/json", 400)
    if not isinstance(payload, dict):
        return _answer("refused", "the body is JSON, but no object", HTTPStatus.BAD_REQUEST)
    try:
        event = placed(sender.parse(event_name, payload), sender.host)
    except MalformedError as error:
        # The forge did send it. GitLab stops calling a hook that answers 4xx a few times, so it is kept and told of.
        event = Ignored(f"it could not be read: {error}")
    delivery = delivery_of(sender.forge, sender.identity(headers, body), event_name, event)
    try:
        is_new = store.accept(delivery)
    except StoreError as error:
        return _answer("refused", f"the delivery could not be stored, send it again: {error}", 503)
    if not is_new:
        return _answer("repeated", "this delivery was accepted before", HTTPStatus.ACCEPTED)
    if isinstance(event, Ignored):
        return _answer("ignored", event.reason, HTTPStatus.ACCEPTED)
    return _answer("accepted", f"work on {event} will run", HTTPStatus.ACCEPTED)


def _body(incoming: Request) -> bytes | None:
    """The raw body, None where it is too large; no more than the limit is ever read."""
    if incoming.content_length is not None and incoming.content_length > BODY_LIMIT:
        return None
    body = incoming.stream.read(BODY_LIMIT + 1)
    return body if len(body) <= BODY_LIMIT else None


def _answer(status: str, reason: str, code: int) -> tuple[Response, int]:
    return jsonify(status=status, reason=reason), int(code)


def _plain(secrets: Sequence[SecretStr]) -> tuple[str, ...]:
    return tuple(secret.get_secret_value() for secret in secrets)


def _github(settings: Settings) -> Sender:
    return Sender(
        forge="github",
        secrets=_plain(settings.github_webhook_secret),
        is_right=lambda body, headers, secrets: github_signature_is_right(
            body, headers.get("x-hub-signature-256"), secrets
        ),
        event_header="x-github-event",
        parse=github.parse,
        host=urlsplit(settings.github_api_url).hostname or "",
        identity=lambda headers, body: headers.get("x-github-delivery", "")[:200] or _digest(body),
    )


def _gitlab(settings: Settings) -> Sender:
    return Sender(
        forge="gitlab",
        secrets=_plain(settings.gitlab_webhook_secret),
        is_right=gitlab_sender_is_right,
        event_header="x-gitlab-event",
        parse=gitlab.parse,
        host=urlsplit(settings.gitlab_url).hostname or "",
        # X-Gitlab-Webhook-UUID is new on every attempt; the idempotency key stays.
        identity=lambda headers, body: (
            (headers.get("idempotency-key") or headers.get("x-gitlab-event-uuid") or headers.get("webhook-id") or "")[
                :200
            ]
            or _digest(body)
        ),
    )


def _forgejo(settings: Settings) -> Sender:
    return Sender(
        forge="forgejo",
        secrets=_plain(settings.forgejo_webhook_secret),
        is_right=forgejo_signature_is_right,
        # Gitea's own header, which Forgejo sends too.
        event_header="x-gitea-event",
        parse=forgejo.parse,
        host=urlsplit(settings.forgejo_url).hostname or "",
        identity=lambda headers, body: headers.get("x-gitea-delivery", "")[:200] or _digest(body),
    )


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
