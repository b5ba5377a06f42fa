from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.app import create_app
from bot.settings import Settings
from bot.store.store import Store

SIGNING_TOKEN = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def pull_request(action: str = "opened", **more: Any) -> dict[str, Any]:
    """The parts of GitHub's payload that are read, in their documented places."""
    return {
        "action": action,
        "number": 3,
        "pull_request": {"number": 3, "head": {"sha": "a" * 40, "repo": None}},
        "repository": {"id": 7, "full_name": "lab/voices", "html_url": "https://github.example/lab/voices"},
        **more,
    }


def forgejo_pull_request(action: str = "opened", **more: Any) -> dict[str, Any]:
    """The parts of Forgejo's payload that are read, in their documented places."""
    return {
        "action": action,
        "number": 5,
        "pull_request": {"number": 5, "draft": False, "head": {"sha": "c" * 40, "repo": None}},
        "repository": {"id": 8, "full_name": "lab/voices", "html_url": "https://forgejo.example/lab/voices"},
        **more,
    }


def merge_request(action: str = "open", **attributes: Any) -> dict[str, Any]:
    """The parts of GitLab's payload that are read, in their documented places."""
    return {
        "object_kind": "merge_request",
        "project": {
            "id": 9,
            "path_with_namespace": "lab/sub/voices",
            "web_url": "https://gitlab.example/lab/sub/voices",
        },
        "object_attributes": {"iid": 4, "action": action, "last_commit": {"id": "b" * 40}, **attributes},
    }


class Poster:
    """Sends deliveries as the forges do."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def github(
        self,
        payload: Any,
        *,
        event: str = "pull_request",
        secret: str = "new",
        identity: str = "one",
        body: bytes | None = None,
    ) -> TestResponse:
        content = json.dumps(payload).encode()
        signature = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
        return self.client.post(
            "/webhooks/github",
            data=content if body is None else body,
            headers={
                "X-GitHub-Event": event,
                "X-GitHub-Delivery": identity,
                "X-Hub-Signature-256": f"sha256={signature}",
            },
        )

    def forgejo(
        self,
        payload: Any,
        *,
        event: str = "pull_request",
        secret: str = "new",
        identity: str = "one",
        names: tuple[str, ...] = ("Forgejo", "Gitea", "GitHub"),
    ) -> TestResponse:
        """As Forgejo sends it, or with fewer `names` as Gitea does."""
        content = json.dumps(payload).encode()
        signature = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": f"sha256={signature}"}
        for name in names:
            headers |= {f"X-{name}-Event": event, f"X-{name}-Delivery": identity}
            if name != "GitHub":
                headers[f"X-{name}-Signature"] = signature
        return self.client.post("/webhooks/forgejo", data=content, headers=headers)

    def gitlab(self, payload: Any, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post("/webhooks/gitlab", data=json.dumps(payload), headers=named)


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(
        database_url=sqlite_url,
        github_webhook_secret=("new", "old"),
        gitlab_webhook_secret=("plain", SIGNING_TOKEN),
        forgejo_webhook_secret=("new", "old"),
    )


@pytest.fixture
def post(settings: Settings) -> Poster:
    return Poster(create_app(settings).test_client())


@pytest.fixture
def store(settings: Settings, post: Poster) -> Iterator[Store]:
    store = Store(settings.database_url)
    yield store
    store.close()


@pytest.fixture
def github_payload() -> Any:
    return pull_request


@pytest.fixture
def forgejo_payload() -> Any:
    return forgejo_pull_request


@pytest.fixture
def gitlab_payload() -> Any:
    return merge_request


@pytest.fixture
def signing_token() -> str:
    return SIGNING_TOKEN
