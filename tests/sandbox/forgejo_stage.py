"""A Forgejo repository with a pull request from a fork, and the people around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from bot.sandbox.git import Content, GitFile
from bot.sandbox.model import Forge, MergeRequest, Repository
from bot.sandbox.server import Sandbox
from bot.sandbox.world import World

ODD = "models/größe #1, 100%/raw\n?"


@dataclass
class ForgejoStage:
    """Tokens by login; `owner` administers, `bot` may push, `stranger` only reads."""

    sandbox: Sandbox
    repository: Repository
    fork: Repository
    pull: MergeRequest
    tokens: dict[str, str]

    @property
    def world(self) -> World:
        return self.sandbox.world

    def call(self, method: str, path: str, login: str | None = "bot", **how: Any) -> requests.Response:
        """A plain request below the repository, or with a leading slash below the API."""
        url = f"{self.sandbox.forgejo_url}/api/v1"
        url += path if path.startswith("/") else f"/repos/{self.repository.full_name}/{path}"
        headers = {"Authorization": f"token {self.tokens[login]}"} if login else {}
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, url, headers=headers, timeout=20, **how)

    def get(self, path: str, login: str | None = "bot", **how: Any) -> Any:
        answer = self.call("GET", path, login, **how)
        assert answer.status_code == 200, answer.text
        return answer.json()


def build(sandbox: Sandbox) -> ForgejoStage:
    world = sandbox.world
    people = ("alice", "bot", "owner", "stranger")
    for login in people:
        world.create_user(login)
    base: dict[str, Content] = {"README.md": b"# Packages\n", "old/name.txt": b"one\n" * 20, "gone.txt": b"bye\n"}
    repository = world.create_repository("distro/packages", files=base, forge=Forge.FORGEJO)
    world.grant(repository, "bot", "write")
    world.grant(repository, "owner", "admin")
    fork = world.fork(repository, "alice")
    changes: dict[str, Content] = {
        "README.md": b"# Packages\n\nNow with a model.\n",
        "old/name.txt": None,
        "new/name.txt": b"one\n" * 20,
        "gone.txt": None,
        "models/tiny.bin": bytes(range(256)) * 64,
        "models/latest": GitFile(b"tiny.bin", "120000"),
        ODD: b"odd\n",
    }
    world.commit(fork, "add-model", changes, "Add a tiny model", "alice")
    pull = world.open_merge_request(repository, "add-model", title="Add a model", author="alice", from_fork=fork)
    return ForgejoStage(sandbox, repository, fork, pull, {login: world.create_token(login) for login in people})
