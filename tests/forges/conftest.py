"""Each client in turn, over the real HTTP sandbox, with a merge request from a fork."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.forges.forgejo import ForgejoForge
from bot.forges.github import GitHubForge
from bot.forges.gitlab import GitLabForge
from bot.forges.protocol import Forge
from bot.sandbox import model
from bot.sandbox.git import Content, GitFile
from bot.sandbox.server import Sandbox
from bot.sandbox.world import World
from rules.facts import MergeRequest

BOT = "weighbridge-bot"
WEIGHTS = bytes(range(256)) * 64
MOVED = b"\0moved" * 2000
TOUCHED = b"touched\0" * 2000
ODD = "models/größe #1, 100% & a+b?.txt"

BASE: dict[str, Content] = {
    ".weighbridge.yml": b"packs: [guix]\n",
    "README.md": b"# Packages\n",
    "gone.txt": b"bye\n",
    "empty.txt": b"",
    "old/moved.bin": MOVED,
    "old/touched.bin": TOUCHED,
    "docs/a b/note.md": b"a note\n",
}
CHANGES: dict[str, Content] = {
    "README.md": b"# Packages\n\nNow with a model.\n",
    "gone.txt": None,
    "old/moved.bin": None,
    "new/moved.bin": MOVED,
    "old/touched.bin": None,
    "new/touched.bin": TOUCHED[:-4] + b"evil",
    "models/tiny one.bin": WEIGHTS,
    "models/card.md": "---\nlicense: mit\n---\n# Größe\n".encode(),
    "models/bare.txt": b"no line end",
    "models/latest.bin": GitFile(b"tiny one.bin", "120000"),
    ODD: b"odd name\n",
}


@dataclass
class Scene:
    """A forge with a target, a fork and a merge request, and our client for it."""

    kind: str
    sandbox: Sandbox
    repository: model.Repository
    fork: model.Repository
    pull: model.MergeRequest
    forge: Forge
    me: str
    stranger: Forge
    nobody: Forge
    lfs: bytes = b"GGUF" + bytes(3_000_000)

    @property
    def world(self) -> World:
        return self.sandbox.world

    def read(self, number: int | None = None) -> MergeRequest:
        key = str(self.repository.id)
        return self.forge.merge_request(key, self.repository.full_name, number or self.pull.number)

    def branch(self, name: str, changes: dict[str, Content]) -> MergeRequest:
        """Open a merge request from a branch of the target itself."""
        self.world.commit(self.repository, name, changes, "Add", "alice")
        return self.read(self.world.open_merge_request(self.repository, name, author="alice").number)

    def serve_ranges(self, known: bool) -> None:
        limits = self.world.limits
        limits.github.blob_range = limits.gitlab.blob_range = limits.forgejo.blob_range = limits.lfs_range = known


@pytest.fixture(scope="session")
def key_pair() -> tuple[str, str]:
    return new_keys()


def new_keys() -> tuple[str, str]:
    """A private and a public key in PEM form."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "sandbox") as running:
        yield running


def client(sandbox: Sandbox, kind: str, token: str) -> Forge:
    if kind == "gitlab":
        return GitLabForge(sandbox.gitlab_url, token)
    if kind == "forgejo":
        return ForgejoForge(sandbox.forgejo_url, token)
    return GitHubForge(sandbox.github_api_url, token=token)


KINDS = ["github-token", "github-app", "gitlab", "forgejo"]


@pytest.fixture(scope="session", params=KINDS)
def standing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, key_pair: tuple[str, str]
) -> Iterator[Scene]:
    """A scene for tests that only read; all of them share it, so none may change it."""
    with Sandbox(tmp_path_factory.mktemp("standing") / "sandbox") as running:
        yield build(request.param, running, key_pair)


@pytest.fixture(params=KINDS)
def scene(request: pytest.FixtureRequest, sandbox: Sandbox, key_pair: tuple[str, str]) -> Scene:
    return build(request.param, sandbox, key_pair)


@pytest.fixture
def gitlab(sandbox: Sandbox, key_pair: tuple[str, str]) -> Scene:
    return build("gitlab", sandbox, key_pair)


@pytest.fixture
def forgejo(sandbox: Sandbox, key_pair: tuple[str, str]) -> Scene:
    return build("forgejo", sandbox, key_pair)


@pytest.fixture(params=["github-token", "github-app"])
def github(request: pytest.FixtureRequest, sandbox: Sandbox, key_pair: tuple[str, str]) -> Scene:
    return build(request.param, sandbox, key_pair)


def build(kind: str, sandbox: Sandbox, key_pair: tuple[str, str]) -> Scene:
    world = sandbox.world
    for login in ("alice", BOT, "stranger"):
        world.create_user(login)
    host = model.Forge(kind.partition("-")[0])
    target = world.create_repository("distro/packages", files=BASE, forge=host)
    world.grant(target, BOT, "write")
    fork = world.fork(target, "alice")
    pointer = world.put_lfs_object(target, Scene.lfs)
    world.commit(fork, "add-model", CHANGES | {"models/far.gguf": pointer}, "Add a model", "alice")
    pull = world.open_merge_request(target, "add-model", title="Add a model", author="alice", from_fork=fork)
    forge, me = client(sandbox, kind, world.create_token(BOT)), BOT
    if kind == "github-app":
        private, public = key_pair
        permissions = {"contents": "read", "pull_requests": "write", "checks": "write"}
        app = world.create_app("weighbridge", public, "distro", permissions)
        world.install_app(app, target.full_name)
        forge, me = GitHubForge(sandbox.github_api_url, app_id=app.id, private_key=private), "weighbridge[bot]"
    stranger = client(sandbox, kind, world.create_token("stranger"))
    return Scene(kind, sandbox, target, fork, pull, forge, me, stranger, client(sandbox, kind, "wrong"))
