"""Repositories that were there before the bot are looked through once, on each forge."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import logs
from bot.cli.backfill import command
from bot.sandbox import weights
from bot.sandbox.model import Access
from bot.sandbox.server import Sandbox
from bot.store.store import Store

BOT = "weighbridge-bot"
CARD = b"---\nlicense: apache-2.0\n---\n# A voice\n"
FORGES = ("github", "gitlab", "forgejo")


class Stage:
    """A forge with an organisation of two repositories, one of them with weights and an open merge request."""

    def __init__(self, sandbox: Sandbox, folder: Path, forge: str) -> None:
        self.world, self.sandbox, self.forge = sandbox.world, sandbox, forge
        self.url = f"sqlite:///{folder / 'weighbridge.db'}"
        for login in (BOT, "ada"):
            self.world.create_user(login)
        pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 5000000\n"
        files = {
            "README.md": b"# Voices\n",
            "m/model.safetensors": weights.apache_safetensors() + bytes(200_000),
            "m/README.md": CARD,
            "lfs/large.gguf": pointer,
        }
        self.voices = self.world.create_repository("lab/voices", files=files, forge=forge)
        self.empty = self.world.create_repository("lab/words", files={"README.md": b"# Words\n"}, forge=forge)
        for repository in (self.voices, self.empty):
            self.world.grant(repository, BOT, Access.WRITE)
        self.world.commit(self.voices, "more", {"n/chat.gguf": weights.llama_gguf()}, "Add a model", "ada")
        self.world.open_merge_request(self.voices, "more", title="Add a model", author="ada")
        self.settings = {
            "WEIGHBRIDGE_DATABASE_URL": self.url,
            f"WEIGHBRIDGE_{forge.upper()}_TOKEN": self.world.create_token(BOT),
            "WEIGHBRIDGE_GITHUB_API_URL": sandbox.github_api_url,
            "WEIGHBRIDGE_GITLAB_URL": sandbox.gitlab_url,
            "WEIGHBRIDGE_FORGEJO_URL": sandbox.forgejo_url,
        }

    def run(self, *arguments: str, **settings: str) -> Result:
        return CliRunner().invoke(command, [*arguments, "--per-minute", "600"], env=self.settings | settings)

    def waiting(self) -> list[str]:
        store = Store(self.url)
        try:
            return [delivery.merge_request_key or "" for delivery in store.undispatched(100)]
        finally:
            store.close()


@pytest.fixture(params=FORGES)
def stage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logs, "configure", lambda _: None)
    with Sandbox(tmp_path / "sandbox") as sandbox:
        yield Stage(sandbox, tmp_path, request.param)


def test_an_organisation_is_looked_through_and_its_open_work_is_queued(stage: Stage) -> None:
    done = stage.run("lab")
    assert done.output.splitlines() == [
        "lab/voices: 2 models among 4 files; 1 open merge request to judge",
        "lab/words: 0 models among 1 files; 0 open merge requests to judge",
        "2 looked through",
    ]
    assert done.exit_code == 0
    assert len(stage.waiting()) == 1
    store = Store(stage.url)
    voices, words = store.inventories()
    store.close()
    assert (voices.repository, voices.branch, words.holdings) == ("lab/voices", "main", ())
    pointer, model = sorted(voices.holdings, key=lambda one: one.path)
    assert (model.path, model.license, model.format) == ("m/model.safetensors", "Apache-2.0", "safetensors")
    assert model.sha256 is not None
    assert (pointer.path, pointer.size, pointer.sha256) == ("lfs/large.gguf", 5_000_000, "a" * 64)


def test_a_second_run_looks_only_at_what_is_new(stage: Stage) -> None:
    stage.run("lab/voices")
    before = len(stage.world.misbehaviour.requests)
    again = stage.run("lab/voices")
    assert again.output.splitlines()[0].startswith("lab/voices: 2 models among 4 files")
    assert len(stage.world.misbehaviour.requests) - before <= 6, "nothing is listed and nothing read a second time"
    stage.world.commit(stage.voices, "main", {"m/model.safetensors": None}, "Remove", "ada")
    assert stage.run("lab/voices").output.startswith("lab/voices: 1 model among 3 files")


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    place = f"*/projects/{stage.voices.id}/*" if stage.forge == "gitlab" else "*/lab/voices*"
    stage.sandbox.misbehave("500", place, times=100)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    done = stage.run("lab")
    assert done.exit_code == 2
    assert "lab/words: 0 models among 1 files" in done.output
    assert done.output.splitlines()[-1] == "1 looked through, 1 not"
    nobody = stage.run("nobody/there")
    assert nobody.exit_code == 2
    assert "nobody/there" in nobody.output


def test_the_forge_has_to_be_clear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logs, "configure", lambda _: None)
    two = {"WEIGHBRIDGE_GITHUB_TOKEN": "a", "WEIGHBRIDGE_GITLAB_TOKEN": "b"}
    told = CliRunner().invoke(command, ["lab"], env=two)
    assert (told.exit_code, "one of: github, gitlab" in told.output) == (2, True)
    none = CliRunner().invoke(command, ["lab"], env={})
    assert (none.exit_code, "set a token first" in none.output) == (2, True)
