"""Signed webhook deliveries from a background thread, each recorded with the answer it got."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import queue
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests

from bot.sandbox.model import Forge, Hook

_ids = itertools.count(10_000)
TIMEOUT = 10.0
"""Seconds after which a receiver counts as silent; GitHub's own limit ("Best practices for using webhooks")."""


@dataclass
class Delivery:
    """One attempt to tell a receiver of an event."""

    guid: str
    """X-GitHub-Delivery, X-Forgejo-Delivery, or GitLab's Idempotency-Key; a redelivery keeps it."""
    hook: Hook
    event: str
    """X-GitHub-Event, X-Gitlab-Event or X-Forgejo-Event."""
    payload: dict[str, Any]
    body: bytes
    headers: dict[str, str]
    status: int | None = None
    """Status of the answer, None while there is none."""
    response: str = ""
    error: str | None = None
    """Why no answer came: refused connection, timeout."""
    kind: str = ""
    """X-Forgejo-Event-Type: what a hook of Forgejo chooses by, finer than the event."""
    redelivered: bool = False
    """True for a further attempt."""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    id: int = field(default_factory=lambda: next(_ids))
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def action(self) -> str:
        """What the forge says happened, empty where the payload has no such word."""
        attributes = self.payload.get("object_attributes") or {}
        return str(self.payload.get("action") or attributes.get("action") or "")

    def wait(self, timeout: float = 30.0) -> Delivery:
        """Wait until it was answered or failed. Raises TimeoutError."""
        if not self.done.wait(timeout):
            raise TimeoutError(
                f"delivery {self.guid} ({self.event}) to {self.hook.url} was not answered in {timeout} s"
            )
        return self


class Webhooks:
    """Sends deliveries in the order of their events, one at a time, and never retries on its own."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        """All deliveries so far, oldest first."""
        self._queue: queue.Queue[Delivery | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._session = requests.Session()
        self._session.trust_env = False

    def start(self) -> None:
        """Begin to deliver."""
        self._thread = threading.Thread(target=self._work, name="sandbox-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Give up what is not delivered yet."""
        self._queue.put(None)
        if self._thread:
            self._thread.join(TIMEOUT + 1)
        self._session.close()

    def send(self, hook: Hook, event: str, payload: Mapping[str, Any], kind: str = "") -> Delivery | None:
        """Queue a delivery; None where the hook does not want the event, or on Forgejo the kind of it."""
        if hook.sleeps or (hook.events is not None and (kind or event) not in hook.events):
            return None
        return self._queue_up(hook, event, dict(payload), str(uuid.uuid4()), kind)

    def try_out(self, hook: Hook, event: str, payload: Mapping[str, Any]) -> Delivery:
        """Queue a delivery to a hook, even to one that is not called otherwise."""
        return self._queue_up(hook, event, dict(payload), str(uuid.uuid4()), "")

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Queue the same event again, with the same id, as a person does on the forge's page."""
        again = self._queue_up(delivery.hook, delivery.event, delivery.payload, delivery.guid, delivery.kind)
        again.redelivered = True
        return again

    def wait_for(self, wanted: Callable[[Delivery], bool] = lambda _: True, timeout: float = 30.0) -> Delivery:
        """The newest delivery that is wanted, once it was answered. Raises LookupError, TimeoutError."""
        for delivery in reversed(self.deliveries):
            if wanted(delivery):
                return delivery.wait(timeout)
        raise LookupError("no delivery like this was sent")

    def wait_all(self, timeout: float = 30.0) -> list[Delivery]:
        """Every delivery so far, once all were answered. Raises TimeoutError."""
        return [delivery.wait(timeout) for delivery in list(self.deliveries)]

    def _queue_up(self, hook: Hook, event: str, payload: dict[str, Any], guid: str, kind: str) -> Delivery:
        body = json.dumps(payload, separators=(",", ":")).encode()
        if hook.forge is Forge.FORGEJO:
            headers = forgejo_headers(hook, event, kind, guid, body)
        else:
            worded = github_headers if hook.forge is Forge.GITHUB else gitlab_headers
            headers = worded(hook, event, guid, body)
        delivery = Delivery(guid, hook, event, payload, body, headers, kind=kind)
        self.deliveries.append(delivery)
        self._queue.put(delivery)
        return delivery

    def _work(self) -> None:
        while (delivery := self._queue.get()) is not None:
            try:
                answer = self._session.post(
                    delivery.hook.url,
                    data=delivery.body,
                    headers=delivery.headers,
                    timeout=TIMEOUT,
                    allow_redirects=False,
                )
                delivery.status, delivery.response = answer.status_code, answer.text
            except requests.RequestException as failure:
                delivery.error = str(failure)
            finally:
                delivery.done.set()


def github_headers(hook: Hook, event: str, guid: str, body: bytes) -> dict[str, str]:
    """Headers of a GitHub delivery ("Webhook events and payloads", Delivery headers)."""
    target = ("integration", hook.installation_id) if hook.installation_id else ("repository", hook.repository_id)
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/sandbox",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": str(hook.id),
        "X-GitHub-Hook-Installation-Target-ID": str(target[1]),
        "X-GitHub-Hook-Installation-Target-Type": target[0],
        "X-Hub-Signature": "sha1=" + hmac.new(hook.secret.encode(), body, hashlib.sha1).hexdigest(),
        "X-Hub-Signature-256": "sha256=" + hmac.new(hook.secret.encode(), body, hashlib.sha256).hexdigest(),
    }


def gitlab_headers(hook: Hook, event: str, guid: str, body: bytes) -> dict[str, str]:
    """Headers of a GitLab delivery ("Webhooks", Delivery headers).

    X-Gitlab-Webhook-UUID is new on every send; Idempotency-Key stays when a delivery is repeated.
    """
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "GitLab/sandbox",
        "Idempotency-Key": guid,
        "X-Gitlab-Event": event,
        "X-Gitlab-Event-UUID": str(uuid.uuid5(uuid.NAMESPACE_URL, guid)),
        "X-Gitlab-Webhook-UUID": str(uuid.uuid4()),
    }
    if hook.secret:
        headers["X-Gitlab-Token"] = hook.secret
    if hook.signing_token:
        headers |= _standard_signature(hook.signing_token, guid, body)
    return headers


def forgejo_headers(hook: Hook, event: str, kind: str, guid: str, body: bytes) -> dict[str, str]:
    """Headers of a Forgejo delivery, which speaks Gitea, Gogs and GitHub too (its `AddDefaultHeaders`)."""
    key = hook.secret.encode()
    signature = hmac.new(key, body, hashlib.sha256).hexdigest() if key else ""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Go-http-client/1.1",
        "X-Hub-Signature": "sha1=" + (hmac.new(key, body, hashlib.sha1).hexdigest() if key else ""),
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    for name in ("Forgejo", "Gitea", "Gogs", "GitHub"):
        headers |= {f"X-{name}-Delivery": guid, f"X-{name}-Event": event, f"X-{name}-Event-Type": kind}
        if name != "GitHub":
            headers[f"X-{name}-Signature"] = signature
    return headers


def _standard_signature(signing_token: str, guid: str, body: bytes) -> dict[str, str]:
    key = base64.b64decode(signing_token.removeprefix("whsec_"))
    moment = str(int(time.time()))
    signature = hmac.new(key, f"{guid}.{moment}.".encode() + body, hashlib.sha256).digest()
    encoded = base64.b64encode(signature).decode()
    return {"webhook-id": guid, "webhook-timestamp": moment, "webhook-signature": f"v1,{encoded}"}
