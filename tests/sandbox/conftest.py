"""A running sandbox, a receiver that remembers its deliveries, and the published schemas."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.sandbox.git import Content, GitFile
from bot.sandbox.model import App, Installation, MergeRequest, Repository
from bot.sandbox.server import Sandbox
from bot.sandbox.world import World

DATA = Path(__file__).parent / "data"


@dataclass
class Receiver:
    """A webhook receiver that answers as it is told."""

    url: str = ""
    status: int = 202
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@dataclass
class Client:
    """A person with a token who talks to the GitHub side."""

    api: str
    token: str | None

    def call(self, method: str, path: str, **how: Any) -> requests.Response:
        headers = {"Accept": "application/vnd.github+json"} | how.pop("headers", {})
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        url = path if path.startswith("http") else self.api + path
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, url, headers=headers, timeout=20, **how)

    def get(self, path: str, **how: Any) -> requests.Response:
        return self.call("GET", path, **how)

    def post(self, path: str, **how: Any) -> requests.Response:
        return self.call("POST", path, **how)

    def patch(self, path: str, **how: Any) -> requests.Response:
        return self.call("PATCH", path, **how)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "sandbox") as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.received.append((dict(self.headers.items()), body))
            self.send_response(state.status)
            self.end_headers()
            self.wfile.write(b"noted")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/webhooks/github"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def webhook_schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(gzip.decompress((DATA / "octokit-webhooks-7.6.1.json.gz").read_bytes()))
    return schema


@dataclass
class Stage:
    """A public repository with a pull request from a fork, and the people around it."""

    sandbox: Sandbox
    repository: Repository
    fork: Repository
    pull: MergeRequest
    alice: Client
    bot: Client
    stranger: Client

    @property
    def world(self) -> World:
        return self.sandbox.world

    @property
    def path(self) -> str:
        return f"/repos/{self.repository.full_name}"


@pytest.fixture
def stage(sandbox: Sandbox) -> Stage:
    world = sandbox.world
    for login in ("alice", "weighbridge-bot", "stranger"):
        world.create_user(login)
    repository = world.create_repository(
        "distro/packages", files={"README.md": b"# Packages\n", "old/name.txt": b"one\n" * 20, "gone.txt": b"bye\n"}
    )
    world.grant(repository, "weighbridge-bot", "write")
    fork = world.fork(repository, "alice")
    changes: dict[str, Content] = {
        "README.md": b"# Packages\n\nNow with a model.\n",
        "old/name.txt": None,
        "new/name.txt": b"one\n" * 20,
        "gone.txt": None,
        "models/tiny.bin": bytes(range(256)) * 64,
        "models/latest": GitFile(b"tiny.bin", "120000"),
    }
    world.commit(fork, "add-model", changes, "Add a tiny model", "alice")
    pull = world.open_merge_request(repository, "add-model", title="Add a tiny model", author="alice", from_fork=fork)
    alice, bot, stranger = (
        Client(sandbox.github_api_url, world.create_token(login)) for login in ("alice", "weighbridge-bot", "stranger")
    )
    return Stage(sandbox, repository, fork, pull, alice, bot, stranger)


@dataclass
class InstalledApp:
    """A GitHub App with its private key, installed on the stage's repository."""

    app: App
    installation: Installation
    private_key: str

    def jwt(self, *, seconds: int = 300) -> str:
        now = int(time.time())
        claims = {"iat": now - 30, "exp": now + seconds, "iss": str(self.app.id)}
        return jwt.encode(claims, self.private_key, algorithm="RS256")


@pytest.fixture(scope="session")
def key_pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.fixture
def installed_app(stage: Stage, key_pair: tuple[str, str]) -> InstalledApp:
    private, public = key_pair
    permissions = {"contents": "read", "pull_requests": "write", "checks": "write"}
    app = stage.world.create_app("weighbridge", public, "distro", permissions)
    return InstalledApp(app, stage.world.install_app(app, stage.repository.full_name), private)


@pytest.fixture
def app_client(stage: Stage, installed_app: InstalledApp) -> Client:
    as_app = Client(stage.sandbox.github_api_url, installed_app.jwt())
    answer = as_app.post(f"/app/installations/{installed_app.installation.id}/access_tokens")
    assert answer.status_code == 201, answer.text
    return Client(stage.sandbox.github_api_url, answer.json()["token"])
