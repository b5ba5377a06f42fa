"""`POST /webhooks/...`: verify, parse, store, answer. Nothing is looked up anywhere before the answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Request, Response, jsonify, request
from pydantic import SecretStr

from bot.instances import Instance, instances_of
from bot.intake import forgejo, github, gitlab
from bot.intake.deliveries import delivery_of, of_its_sender, placed
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
    instances: tuple[Instance, ...]
    """Those of this kind that a secret is set for: the secret tells which of them speaks."""
    is_right: Callable[[bytes, Mapping[str, str], Sequence[str]], bool]
    event_header: str
    parse: Callable[[str, Mapping[str, Any]], Event]
    identity: Callable[[Mapping[str, str], bytes], str]

    def speakers(self, body: bytes, headers: Mapping[str, str]) -> tuple[Instance, ...]:
        """Whose secret a delivery carries; several may have the same."""
        # Each is tried, so that the time says nothing about which one it is.
        right = [self.is_right(body, headers, _plain(one.secrets)) for one in self.instances]
        return tuple(one for one, is_right in zip(self.instances, right, strict=True) if is_right)


def blueprint(store: Store, settings: Settings) -> Blueprint:
    """The receivers, one for each forge: Forgejo signs as GitHub does too, so the address tells who speaks."""
    routes = Blueprint("webhooks", __name__, url_prefix="/webhooks")
    for sender in (_github(settings), _gitlab(settings), _forgejo(settings)):
        routes.add_url_rule(f"/{sender.forge}", sender.forge, _receiver(sender, store), methods=["POST"])
    return routes


def _receiver(sender: Sender, store: Store) -> Callable[[], tuple[Response, int]]:
    def receive() -> tuple[Response, int]:
        if not sender.instances:
            setting = f"WEIGHBRIDGE_{sender.forge.upper()}_WEBHOOK_SECRET"
            return _answer("refused", f"no secret is set for this forge; set {setting}", HTTPStatus.SERVICE_UNAVAILABLE)
        body = _body(request)
        if body is None:
            return _answer(
                "refused", f"the body is larger than {BODY_LIMIT:,} bytes", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            )
        headers = {name.lower(): value for name, value in request.headers.items()}
        speakers = sender.speakers(body, headers)
        if not speakers:
            return _answer("refused", "the signature or secret is missing or wrong", HTTPStatus.UNAUTHORIZED)
        return _accept(sender, store, headers, body, speakers)

    return receive


def _accept(
    sender: Sender, store: Store, headers: Mapping[str, str], body: bytes, speakers: Sequence[Instance]
) -> tuple[Response, int]:
    event_name = headers.get(sender.event_header, "")
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return _answer("refused", "the body is not JSON; set the hook's content type to application/json", 400)
    if not isinstance(payload, dict):
        return _answer("refused", "the body is JSON, but no object", HTTPStatus.BAD_REQUEST)
    try:
        event = placed(sender.parse(event_name, payload), speakers[0].host)
        # With one forge of a kind all is about it, whatever it calls itself: a network may have names of its own.
        event = of_its_sender(event, speakers) if len(sender.instances) > 1 else event
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


def _speaking(forge: str, settings: Settings) -> tuple[Instance, ...]:
    return tuple(one for one in instances_of(forge, settings) if one.secrets)


def _github(settings: Settings) -> Sender:
    return Sender(
        forge="github",
        instances=_speaking("github", settings),
        is_right=lambda body, headers, secrets: github_signature_is_right(
            body, headers.get("x-hub-signature-256"), secrets
        ),
        event_header="x-github-event",
        parse=github.parse,
        identity=lambda headers, body: headers.get("x-github-delivery", "")[:200] or _digest(body),
    )


def _gitlab(settings: Settings) -> Sender:
    return Sender(
        forge="gitlab",
        instances=_speaking("gitlab", settings),
        is_right=gitlab_sender_is_right,
        event_header="x-gitlab-event",
        parse=gitlab.parse,
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
        instances=_speaking("forgejo", settings),
        is_right=forgejo_signature_is_right,
        # Gitea's own header, which Forgejo sends too.
        event_header="x-gitea-event",
        parse=forgejo.parse,
        identity=lambda headers, body: headers.get("x-gitea-delivery", "")[:200] or _digest(body),
    )


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
