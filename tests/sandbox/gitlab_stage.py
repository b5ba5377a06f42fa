"""A GitLab project with a merge request from a fork, and python-gitlab as the people around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests
from gitlab import Gitlab

from bot.sandbox.git import Content, GitFile
from bot.sandbox.model import Forge, MergeRequest, Repository
from bot.sandbox.server import Sandbox
from bot.sandbox.world import World

ODD = "models/größe #1, 100%/raw"


@dataclass
class GitLabStage:
    """Tokens by login; `maintainer` may do everything, `bot` may push, `stranger` only reads."""

    sandbox: Sandbox
    project: Repository
    fork: Repository
    merge_request: MergeRequest
    tokens: dict[str, str]

    @property
    def world(self) -> World:
        return self.sandbox.world

    def api(self, login: str) -> Gitlab:
        return Gitlab(self.sandbox.gitlab_url, private_token=self.tokens[login], timeout=20, keep_base_url=True)

    def mr(self, login: str) -> Any:
        """The merge request through python-gitlab."""
        return self.api(login).projects.get(self.project.full_name).mergerequests.get(self.merge_request.number)

    def call(self, method: str, path: str, login: str | None = "bot", **how: Any) -> requests.Response:
        """A plain request below the project, or with a leading slash below the API."""
        project = f"/projects/{self.project.id}/"
        url = f"{self.sandbox.gitlab_url}/api/v4{path if path.startswith('/') else project + path}"
        headers = how.pop("headers", {"PRIVATE-TOKEN": self.tokens[login]} if login else {})
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, url, headers=headers, timeout=20, **how)

    def get(self, path: str, login: str | None = "bot", **how: Any) -> Any:
        answer = self.call("GET", path, login, **how)
        assert answer.status_code == 200, answer.text
        return answer.json()


def build(sandbox: Sandbox) -> GitLabStage:
    world = sandbox.world
    people = ("alice", "bot", "maintainer", "stranger")
    for login in people:
        world.create_user(login)
    base: dict[str, Content] = {"README.md": b"# Packages\n", "old/name.txt": b"one\n" * 20, "gone.txt": b"bye\n"}
    project = world.create_repository("distro/packages", files=base, forge=Forge.GITLAB)
    world.grant(project, "bot", "write")
    world.grant(project, "maintainer", "maintain")
    fork = world.fork(project, "alice")
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
    opened = world.open_merge_request(project, "add-model", title="Add a model", author="alice", from_fork=fork)
    return GitLabStage(sandbox, project, fork, opened, {login: world.create_token(login) for login in people})
