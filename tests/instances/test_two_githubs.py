"""Two GitHub servers, and two Apps on one of them, behind one receiver."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask

from bot.app import create_app
from bot.assembly import forge_for, instance_for
from bot.errands.steps import Steps
from bot.forges.protocol import ForgeError
from bot.sandbox.model import App, MergeRequest, Repository
from bot.sandbox.server import Sandbox
from bot.sandbox.webhooks import github_headers
from bot.settings import Settings, load_settings
from bot.store.records import DeliveryState
from bot.store.store import Store

BOT = "weighbridge-bot"
HEADERS = ("X-GitHub-Event", "X-GitHub-Delivery", "X-Hub-Signature-256")


@pytest.fixture(scope="module")
def key_pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@dataclass
class Stage:
    """A first server with a token and two Apps on a second, which has the name `localhost`."""

    first: Sandbox
    second: Sandbox
    settings: Settings
    app: Flask
    store: Store

    def propose(self, sandbox: Sandbox, repository: Repository, secret: str) -> MergeRequest:
        """Open a merge request; the hook's deliveries are kept for `hand_in`."""
        sandbox.world.add_hook(repository, "http://127.0.0.1:1/hook", secret)
        sandbox.world.commit(repository, "more", {"a.txt": b"a"}, "Add", "ada")
        merge_request = sandbox.world.open_merge_request(repository, "more", title="Add", author="ada")
        sandbox.world.webhooks.wait_all()
        return merge_request

    def hand_in(self, sandbox: Sandbox, **changed: Any) -> dict[str, str]:
        """Give the newest delivery of a server to the receiver, signed anew with another secret where one is named."""
        sent = sandbox.world.webhooks.deliveries[-1]
        headers = sent.headers
        if secret := changed.get("secret"):
            sent.hook.secret = secret
            headers = github_headers(sent.hook, sent.event, f"{sent.guid}-{secret[:1]}", sent.body)
        answer = self.app.test_client().post(
            "/webhooks/github", data=sent.body, headers={name: headers[name] for name in HEADERS}
        )
        return dict(answer.get_json())

    def work(self) -> list[tuple[DeliveryState, str]]:
        """Do all that waits; how each delivery ended."""
        steps = Steps(self.settings, self.store)
        for delivery in self.store.undispatched(10):
            result = steps.attempt(delivery.id, dict(delivery.work or {}))
            steps.finish(delivery.id, result["remark"], result["failed"])
        return [(delivery.state, delivery.remark) for _, delivery in self.store.deliveries(10)]


def people(sandbox: Sandbox, name: str) -> Repository:
    for login in (BOT, "ada"):
        sandbox.world.create_user(login)
    made = sandbox.world.create_repository(name, files={"README.md": b"# Lab\n"})
    for login in (BOT, "ada"):
        sandbox.world.grant(made, login, "write")
    return made


def install(sandbox: Sandbox, slug: str, public: str, repository: Repository) -> App:
    permissions = {"contents": "read", "pull_requests": "write", "checks": "write"}
    app = sandbox.world.create_app(slug, public, "lab", permissions)
    sandbox.world.install_app(app, repository.full_name)
    return app


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key_pair: tuple[str, str]) -> Iterator[Stage]:
    monkeypatch.chdir(tmp_path)
    with Sandbox(tmp_path / "one") as first, Sandbox(tmp_path / "two") as second:
        second.world.url = second.url.replace("127.0.0.1", "localhost")
        people(first, "lab/voices")
        apps = [install(second, f"app-{owner}", key_pair[1], people(second, f"{owner}/voices")) for owner in "ab"]
        (tmp_path / "key.pem").write_text(key_pair[0])
        tables = [
            f'[[github]]\napi_url = "{second.github_api_url}"\napp_id = {app.id}\n'
            f'private_key_file = "key.pem"\nwebhook_secret = "second {app.slug}"\n'
            for app in apps
        ]
        (tmp_path / "weighbridge.toml").write_text("".join(tables))
        given = {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'w.db'}",
            "GITHUB_API_URL": first.github_api_url,
            "GITHUB_TOKEN": first.world.create_token(BOT),
            "GITHUB_WEBHOOK_SECRET": "first",
            "ORGANISATION_POLICY": "off",
        }
        for name, value in given.items():
            monkeypatch.setenv(f"WEIGHBRIDGE_{name}", value)
        settings = load_settings()
        app = create_app(settings)
        yield Stage(first, second, settings, app, app.extensions["weighbridge-store"])
        app.extensions["weighbridge-store"].close()


def test_each_is_judged_where_it_is_and_by_whom_it_can_be(stage: Stage) -> None:
    here = stage.propose(stage.first, stage.first.world.repository("lab/voices"), "first")
    assert stage.hand_in(stage.first)["status"] == "accepted"
    there = []
    for owner in "ab":
        repository = stage.second.world.repository(f"{owner}/voices")
        there.append(stage.propose(stage.second, repository, f"second app-{owner}"))
        assert stage.hand_in(stage.second)["status"] == "accepted"
    assert {state for state, _ in stage.work()} == {DeliveryState.DONE}
    [status] = stage.first.world.verdicts.newest_statuses(stage.first.world.repository("lab/voices"), here.head)
    assert status.context == "weighbridge"
    for merge_request, owner in zip(there, "ab", strict=True):
        repository = stage.second.world.repository(merge_request.repository_id)
        [run] = stage.second.world.verdicts.check_runs_of(repository, merge_request.head)
        assert (run.name, stage.second.world.apps[run.app_id].slug) == ("weighbridge", f"app-{owner}")


def test_no_server_speaks_of_another(stage: Stage) -> None:
    stage.propose(stage.second, stage.second.world.repository("a/voices"), "first")
    answer = stage.hand_in(stage.second)
    assert answer == {"status": "ignored", "reason": "it is about localhost, and another host sent it"}
    assert stage.hand_in(stage.second, secret="a guess")["status"] == "refused"
    assert stage.hand_in(stage.second, secret="second app-b")["status"] == "accepted"


def test_what_is_meant_has_to_be_clear(stage: Stage) -> None:
    assert instance_for("github", stage.settings, "127.0.0.1").table == 0
    assert forge_for("github", stage.settings, "localhost", "b/voices").whoami() == "app-b[bot]"
    assert forge_for("github", stage.settings, "localhost", "b").whoami() == "app-b[bot]"
    for host, fault in (("", "name its host"), ("elsewhere.example", "no credentials for github on elsewhere.example")):
        with pytest.raises(ForgeError, match=fault):
            forge_for("github", stage.settings, host, "b/voices")
