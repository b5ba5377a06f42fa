"""The hooks of a GitLab and a Forgejo are made, repaired and woken, and left alone where they are right."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from bot.app import create_app
from bot.cli.forgejo.connect import command as forgejo
from bot.cli.gitlab.connect import command as gitlab
from bot.sandbox.model import Hook
from bot.sandbox.server import Sandbox
from bot.settings import Settings

BOT = "weighbridge-bot"
SECRET = "the secret of the hook"
COMMANDS: dict[str, click.Command] = {"gitlab": gitlab, "forgejo": forgejo}


class Stage:
    """A forge with an organisation of two repositories that the bot administers."""

    def __init__(self, sandbox: Sandbox, forge: str) -> None:
        self.world, self.sandbox, self.forge = sandbox.world, sandbox, forge
        self.world.create_user(BOT)
        self.public_url = "https://weighbridge.example.org"
        for name in ("lab/voices", "lab/words"):
            made = self.world.create_repository(name, files={"README.md": b"# Lab\n"}, forge=forge)
            self.world.grant(made, BOT, "maintain" if forge == "gitlab" else "admin")
        self.token = self.world.create_token(BOT)

    @property
    def url(self) -> str:
        return f"{self.public_url}/webhooks/{self.forge}"

    def run(self, *arguments: str, **settings: str) -> Result:
        upper = self.forge.upper()
        given = {"PUBLIC_URL": self.public_url, f"{upper}_URL": self.sandbox.url, f"{upper}_TOKEN": self.token}
        given |= {f"{upper}_WEBHOOK_SECRET": f"{SECRET},an older one"} | settings
        environment = {f"WEIGHBRIDGE_{name}": value for name, value in given.items()}
        return CliRunner().invoke(COMMANDS[self.forge], list(arguments), env=environment)

    def hooks(self, name: str = "lab/voices") -> list[Hook]:
        number = self.world.repository(name).id
        return [hook for hook in self.world.hooks.values() if hook.repository_id == number]

    def change(self, hook: Hook, **values: object) -> None:
        self.world.hooks[hook.id] = replace(hook, **values)  # type: ignore[arg-type]


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.chdir(tmp_path)
    with Sandbox(tmp_path / "forge") as sandbox:
        yield sandbox


@pytest.fixture(params=["gitlab", "forgejo"])
def stage(request: pytest.FixtureRequest, sandbox: Sandbox) -> Stage:
    return Stage(sandbox, request.param)


@pytest.fixture
def on_gitlab(sandbox: Sandbox) -> Stage:
    return Stage(sandbox, "gitlab")


def test_a_hook_is_made_once_and_then_left_alone(stage: Stage) -> None:
    dry = stage.run("lab/voices", "--dry-run")
    assert dry.output.splitlines() == ["lab/voices: a hook was made", "Nothing was changed."]
    assert stage.hooks() == []
    made = stage.run("lab/voices")
    assert (made.exit_code, made.output) == (0, "lab/voices: a hook was made\n")
    [hook] = stage.hooks()
    assert (hook.url, hook.secret, hook.active) == (stage.url, SECRET, True)
    before = len(stage.world.misbehaviour.requests)
    assert stage.run("lab/voices").output == "lab/voices: the hook is as it should be\n"
    assert {one.method for one in stage.world.misbehaviour.requests[before:]} == {"GET"}


def test_what_is_missing_is_switched_on_and_others_hooks_are_left(stage: Stage) -> None:
    theirs = stage.world.add_hook("lab/voices", "https://ci.example.org/hook", "theirs", events=frozenset({"push"}))
    stage.run("lab/voices")
    ours = stage.hooks()[1]
    stage.change(ours, events=frozenset({"Push Hook", "push"}), verifies_tls=False)
    stage.world.add_hook("lab/voices", f"{stage.url}/", SECRET)
    done = stage.run("lab/voices")
    assert "it hears of " in done.output
    assert "a second one to the same address was removed" in done.output
    if stage.forge == "gitlab":
        assert "it hears of merge requests, comments now; it checks our certificate now;" in done.output
    assert [hook.id for hook in stage.hooks()] == [theirs.id, ours.id]
    assert stage.run("lab/voices").output == "lab/voices: the hook is as it should be\n"
    assert stage.world.hooks[theirs.id] == theirs


def test_a_new_secret_is_given_to_hooks_that_are_right_otherwise(stage: Stage) -> None:
    stage.run("lab/voices")
    done = stage.run("lab/voices", "--new-secret", **{f"{stage.forge.upper()}_WEBHOOK_SECRET": "another"})
    assert "with the secret of now" in done.output
    assert [hook.secret for hook in stage.hooks()] == ["another"]


def test_each_repository_gets_a_hook_where_all_of_them_cannot_have_one(stage: Stage) -> None:
    done = stage.run("lab")
    assert done.output.splitlines() == [
        "lab: no hook can be made for all of it, so each repository gets its own",
        "lab/voices: a hook was made",
        "lab/words: a hook was made",
    ]
    assert (len(stage.hooks()), len(stage.hooks("lab/words"))) == (1, 1)


def test_a_whole_group_has_one_hook_where_that_is_possible(stage: Stage) -> None:
    stage.world.has_group_hooks = True
    stage.world.create_team("lab/Owners", BOT)
    for name in ("lab/voices", "lab/words"):
        stage.world.grant(name, BOT, "admin")
    assert stage.run("lab").output == "lab: a hook was made\n"
    assert stage.run("lab").output == "lab: the hook is as it should be\n"
    stage.world.commit("lab/words", "main", {"a": b"b"}, "Add", "lab")
    [sent] = stage.world.webhooks.deliveries
    assert (sent.hook.owner, sent.hook.url) == ("lab", stage.url)


def test_what_cannot_be_connected_is_named_and_the_rest_goes_on(stage: Stage) -> None:
    stage.world.grant("lab/voices", BOT, "read")
    done = stage.run("lab", "nobody")
    assert done.exit_code == 2
    voices, words, nobody = done.output.splitlines()[1:]
    assert voices.startswith("lab/voices: reading the hooks of lab/voices: ")
    assert words == "lab/words: a hook was made"
    assert nobody.startswith("nobody: ")


def test_without_a_secret_nothing_is_made(stage: Stage) -> None:
    done = stage.run("lab/voices", **{f"{stage.forge.upper()}_WEBHOOK_SECRET": ""})
    assert (done.exit_code, "_WEBHOOK_SECRET first" in done.output) == (2, True)


def test_a_hook_that_gitlab_rests_is_woken_by_a_trial(on_gitlab: Stage, tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'w.db'}", gitlab_webhook_secret=(SECRET,))
    receiver = make_server("127.0.0.1", 0, create_app(settings), threaded=True)
    thread = threading.Thread(target=receiver.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        on_gitlab.public_url = f"http://127.0.0.1:{receiver.server_port}"
        on_gitlab.run("lab/voices")
        [hook] = on_gitlab.hooks()
        on_gitlab.change(hook, alert_status="temporarily_disabled")
        done = on_gitlab.run("lab/voices")
        assert "lab/voices: it was woken: GitLab rests it after failures until 2099-01-01" in done.output
        assert on_gitlab.hooks() == [hook]
    finally:
        receiver.shutdown()
        thread.join()


def test_a_hook_that_answers_no_trial_is_made_anew(on_gitlab: Stage) -> None:
    on_gitlab.public_url = "http://127.0.0.1:1"
    on_gitlab.run("lab/voices")
    [hook] = on_gitlab.hooks()
    on_gitlab.change(hook, alert_status="disabled")
    assert "GitLab stopped calling it after too many failures" in on_gitlab.run("lab/voices").output
    [anew] = on_gitlab.hooks()
    assert (anew.id != hook.id, anew.alert_status) == (True, "executable")


def test_a_signing_token_is_given_as_such(on_gitlab: Stage) -> None:
    token = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    on_gitlab.run("lab/voices", GITLAB_WEBHOOK_SECRET=token)
    assert [(hook.secret, hook.signing_token) for hook in on_gitlab.hooks()] == [("", token)]


def test_a_hook_of_forgejo_that_was_switched_off_is_switched_on(sandbox: Sandbox) -> None:
    stage = Stage(sandbox, "forgejo")
    stage.run("lab/voices")
    [hook] = stage.hooks()
    stage.change(hook, active=False)
    assert stage.run("lab/voices").output == "lab/voices: it was woken: somebody switched it off\n"
    assert [one.active for one in stage.hooks()] == [True]
