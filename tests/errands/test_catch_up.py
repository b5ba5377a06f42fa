"""The receiver was down while things happened; what a worker's next run makes of it, on each forge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.assembly import forge_for, reviewer_for
from bot.errands import catch_up_steps
from bot.errands.catch_up_steps import CatchUpSteps
from bot.intake.events import ReviewRequested
from bot.sandbox.model import MergeRequest, Repository
from bot.sandbox.server import Sandbox
from bot.settings import Settings
from bot.store.store import Store

BOT = "weighbridge-bot"
NOWHERE = "http://127.0.0.1:1/webhooks/github"


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
    """A forge with a repository, and the bot's worker beside a receiver that is down."""

    sandbox: Sandbox
    settings: Settings
    store: Store
    repository: Repository

    def propose(self, branch: str) -> MergeRequest:
        self.sandbox.world.commit(self.repository, branch, {"a.txt": branch.encode()}, "Add", "ada")
        return self.sandbox.world.open_merge_request(self.repository, branch, title="Add", author="ada")

    def judge(self, merge_request: MergeRequest) -> None:
        forge, number = str(self.repository.forge.value), merge_request.number
        place = (forge, "127.0.0.1", str(self.repository.id), self.repository.full_name)
        reviewer_for(forge, self.settings, self.store).review(ReviewRequested(*place, "opened", number))

    def catch_up(self) -> list[tuple[int, str]]:
        """Number and cause of the reviews that a run makes wait."""
        self.sandbox.world.webhooks.wait_all()
        steps = CatchUpSteps(self.settings, self.store, timedelta(hours=1))
        began, items = datetime.now(UTC), steps.due()
        looked = [steps.look(item) for item in items]
        assert all(looked)
        if items:
            steps.note(began)
        waiting = self.store.undispatched(100)
        for delivery in waiting:
            self.store.finish(delivery.id, "done")
        return [((one.work or {})["number"], (one.work or {})["cause"]) for one in waiting]

    def later(self) -> None:
        """An hour passes: the notes of the last run are put back."""
        for name in ("github", "gitlab", "forgejo"):
            if told := self.store.recall(f"catch-up:{name}"):
                earlier = datetime.fromisoformat(told) - timedelta(hours=1)
                self.store.remember(f"catch-up:{name}", earlier.isoformat())


Maker = Callable[[str], Stage]


@pytest.fixture
def make(tmp_path: Path, key_pair: tuple[str, str]) -> Iterator[Maker]:
    with Sandbox(tmp_path / "forge") as sandbox:
        stores = []

        def made(kind: str) -> Stage:
            world = sandbox.world
            forge = kind.partition("-")[0]
            for login in (BOT, "ada"):
                world.create_user(login)
            repository = world.create_repository("lab/voices", files={"README.md": b"# Lab\n"}, forge=forge)
            for login in (BOT, "ada"):
                world.grant(repository, login, "write")
            given: dict[str, Any] = {"database_url": f"sqlite:///{tmp_path / 'w.db'}", "organisation_policy": "off"}
            if kind == "github-app":
                permissions = {"contents": "read", "pull_requests": "write", "checks": "write"}
                app = world.create_app("weighbridge", key_pair[1], "lab", permissions, webhook_url=NOWHERE)
                world.install_app(app, "lab/voices")
                given |= {"github_app_id": app.id, "github_private_key": key_pair[0]}
            else:
                given[f"{forge}_token"] = world.create_token(BOT)
            urls = {"github_api_url": sandbox.github_api_url, "gitlab_url": sandbox.url, "forgejo_url": sandbox.url}
            settings = Settings(**given, **urls)
            store = Store(settings.database_url)
            store.migrate()
            stores.append(store)
            return Stage(sandbox, settings, store, repository)

        yield made
        for store in stores:
            store.close()


@pytest.mark.parametrize("kind", ["github", "gitlab", "forgejo"])
def test_what_is_open_and_was_not_judged_as_it_is_gets_a_review(make: Maker, kind: str) -> None:
    stage = make(kind)
    known, gone = stage.propose("one"), stage.propose("two")
    assert stage.catch_up() == [], "nothing is known of the repository"
    for merge_request in (known, gone):
        stage.judge(merge_request)
    stage.later()
    assert stage.catch_up() == [], "all is judged as it is"
    new = stage.propose("three")
    stage.sandbox.world.push(known, {"b.txt": b"more"})
    stage.sandbox.world.close(gone)
    assert stage.catch_up() == [], "it is not time yet"
    stage.later()
    calls = len(stage.sandbox.world.misbehaviour.requests)
    assert sorted(stage.catch_up()) == [(number, "catch_up") for number in (known.number, gone.number, new.number)]
    assert len(stage.sandbox.world.misbehaviour.requests) - calls <= 3, "one list, and what tells of the hooks"
    stage.later()
    assert stage.catch_up() == [], "what failed is not tried with every run"
    for merge_request in (known, gone, new):
        stage.judge(merge_request)
    stage.sandbox.world.commit(stage.repository, "stable", {"c.txt": b"c"}, "Branch off", "ada")
    stage.sandbox.world.retarget(known, "stable")
    stage.later()
    assert stage.catch_up() == [(known.number, "catch_up")], "it leads elsewhere"


def test_what_github_sent_to_an_app_in_vain_is_read_once(make: Maker) -> None:
    stage = make("github-app")
    world = stage.sandbox.world
    merge_request = stage.propose("one")
    world.comment(merge_request, "hello", "ada")
    world.push(merge_request, {"b.txt": b"more"})
    assert stage.catch_up() == [(1, "pull_request.opened"), (1, "pull_request.synchronize")]
    world.webhooks.redeliver(world.webhooks.deliveries[0])
    stage.later()
    assert stage.catch_up() == [], "each event counts once"
    assert [one["what"] for one in stage.store.recall("hooks:github")] == [
        "github: 3 of 3 webhooks of the last day did not arrive (502 failed to connect)"
    ]


def test_a_run_that_breaks_off_leaves_nothing_out(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = make("github-app")
    monkeypatch.setattr(catch_up_steps, "READS", 1)
    merge_request = stage.propose("one")
    stage.sandbox.world.push(merge_request, {"b.txt": b"more"})
    stage.sandbox.world.webhooks.wait_all()
    stage.sandbox.misbehave("500", "*/app/hook/deliveries*", times=1)
    steps = CatchUpSteps(stage.settings, stage.store, timedelta(hours=1))
    assert all(map(steps.look, steps.due()))
    assert stage.catch_up() == [(1, "pull_request.opened")]
    stage.later()
    assert stage.catch_up() == [(1, "pull_request.synchronize")]


def test_many_attempts_are_read_page_by_page_no_further_than_is_asked(make: Maker) -> None:
    stage = make("github-app")
    world = stage.sandbox.world
    stage.propose("one")
    for _ in range(120):
        world.webhooks.redeliver(world.webhooks.deliveries[0])
    world.webhooks.wait_all()
    deliveries = forge_for("github", stage.settings).deliveries  # type: ignore[attr-defined]
    assert len(list(deliveries.since(datetime.now(UTC) - timedelta(days=1)))) == 121
    assert list(deliveries.since(datetime.now(UTC) + timedelta(days=1))) == []
