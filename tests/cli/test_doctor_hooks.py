"""`weighbridge doctor` says how the webhooks are, in a line each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.cli.doctor import command
from bot.sandbox.server import Sandbox
from bot.store.records import Delivery, DeliveryState, Inventory
from bot.store.store import Store

BOT = "weighbridge-bot"
PUBLIC = "https://weighbridge.example.org"


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.chdir(tmp_path)
    with Sandbox(tmp_path / "forge") as sandbox:
        sandbox.world.create_user(BOT)
        yield sandbox


@pytest.fixture
def store(tmp_path: Path, sandbox: Sandbox) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'weighbridge.db'}")
    store.migrate()
    yield store
    store.close()


def doctor(folder: Path, **settings: str) -> list[str]:
    given = {"DATABASE_URL": f"sqlite:///{folder / 'weighbridge.db'}", "PUBLIC_URL": PUBLIC} | settings
    done = CliRunner().invoke(command, [], env={f"WEIGHBRIDGE_{name}": value for name, value in given.items()})
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return done.output.splitlines()


def came(store: Store, forge: str) -> None:
    state = DeliveryState.DONE
    store.accept(Delivery(f"{forge}:one", forge, "pull_request.opened", state, datetime.now(UTC)))
    store.accept(Delivery(f"{forge}:one/more", forge, "handed on", state, datetime.now(UTC)))


def known(store: Store, forge: str, number: int, name: str) -> None:
    key = f"{forge}:127.0.0.1:{number}"
    store.keep_inventory(Inventory(key, forge, "127.0.0.1", name, "main", "a" * 40, 1, ()))


@pytest.mark.parametrize("forge", ["gitlab", "forgejo"])
def test_a_hook_that_is_called_no_more_is_told_with_the_way_out(
    sandbox: Sandbox, store: Store, tmp_path: Path, forge: str
) -> None:
    world = sandbox.world
    settings = {f"{forge.upper()}_URL": sandbox.url, f"{forge.upper()}_TOKEN": world.create_token(BOT)}
    settings[f"{forge.upper()}_WEBHOOK_SECRET"] = "s"
    for name in ("lab/voices", "lab/words", "lab/closed"):
        made = world.create_repository(name, files={"README.md": b"# Lab\n"}, forge=forge)
        world.grant(made, BOT, "read" if name == "lab/closed" else "admin")
        known(store, forge, made.id, name)
    url = f"{PUBLIC}/webhooks/{forge}"
    asleep = world.add_hook("lab/voices", url, "s")
    world.hooks[asleep.id] = replace(asleep, alert_status="disabled", active=False)
    world.add_hook("lab/words", url, "s", events=frozenset({"Push Hook", "push"}))
    lines = doctor(tmp_path, **settings)
    reason = "GitLab stopped calling it after too many failures" if forge == "gitlab" else "somebody switched it off"
    at = lines.index(f"FAIL  {forge}: the hook of lab/voices: {reason}")
    assert lines[at + 1].endswith(f"then: weighbridge {forge} connect lab/voices")
    assert any(line.startswith(f"hint  {forge}: the hook of lab/words does not tell ") for line in lines)
    assert f"hint  {forge}: the token may not see the hooks of 1 repositories" in lines
    assert f"hint  {forge}: no webhook has come yet" in lines
    came(store, forge)
    world.hooks.clear()
    lines = doctor(tmp_path, **settings)
    assert any(line.startswith(f"ok    {forge}: the last webhook came ") and "pull_request" in line for line in lines)


def test_what_an_app_missed_is_counted(sandbox: Sandbox, store: Store, tmp_path: Path) -> None:
    came(store, "github")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(private)
    world = sandbox.world
    voices = world.create_repository("lab/voices", files={"README.md": b"# Lab\n"})
    permissions = {"contents": "read", "pull_requests": "write", "checks": "write"}
    app = world.create_app("weighbridge", public.decode(), "lab", permissions, webhook_url="http://127.0.0.1:1/hook")
    world.install_app(app, "lab/voices")
    settings = {
        "GITHUB_API_URL": sandbox.github_api_url,
        "GITHUB_APP_ID": str(app.id),
        "GITHUB_PRIVATE_KEY_FILE": str(tmp_path / "key.pem"),
        "GITHUB_WEBHOOK_SECRET": "s",
    }
    assert "ok    github: all 0 webhooks of the last day arrived" in doctor(tmp_path, **settings)
    world.create_user("ada")
    world.grant(voices, "ada", "write")
    world.commit(voices, "more", {"a": b"b"}, "Add", "ada")
    merge_request = world.open_merge_request(voices, "more", author="ada")
    world.webhooks.redeliver(world.webhooks.deliveries[-1])
    world.close(merge_request)
    world.webhooks.wait_all()
    lines = doctor(tmp_path, **settings)
    assert "hint  github: 2 of 2 webhooks of the last day did not arrive (502 failed to connect)" in lines
