"""What a forge does wrong, in the words of `bot.forges.protocol`."""

from __future__ import annotations

from typing import Any

import pytest

from bot.forges import forgejo_client, github_client, gitlab_client
from bot.forges import http as forge_http
from bot.forges.github import GitHubForge
from bot.forges.protocol import Forge, ForgeError, NotFoundError, RefusedError, UnavailableError
from bot.sandbox.server import Sandbox
from bot.scanner.readers import UnreadableError
from tests.forges.conftest import KINDS, Scene, build, new_keys

FILES = {"github-token": "*blobs*", "github-app": "*blobs*", "gitlab": "*blobs*", "forgejo": "*/raw/*"}
"""Where the content of a file is asked for."""


def ask(scene: Scene, forge: Forge | None = None, **other: Any) -> object:
    """Any call; the errors of all are translated in the same way."""
    key = {"repository_id": str(scene.repository.id), "repository": scene.repository.full_name, "number": 1} | other
    return (forge or scene.forge).merge_request(**key)


def test_a_wrong_token_is_refused_with_what_to_renew(scene: Scene) -> None:
    with pytest.raises(RefusedError, match=r"renew WEIGHBRIDGE_(GITHUB|GITLAB|FORGEJO)_TOKEN"):
        ask(scene, scene.nobody)


def test_what_is_not_there_is_not_found(scene: Scene) -> None:
    with pytest.raises(NotFoundError):
        ask(scene, number=99)
    with pytest.raises(NotFoundError):
        ask(scene, scene.stranger, repository_id="999999")


def test_a_private_repository_is_not_there_for_a_stranger(scene: Scene) -> None:
    scene.repository.private = True
    with pytest.raises(NotFoundError):
        ask(scene, scene.stranger)


@pytest.mark.parametrize(
    ("fault", "seconds", "wait"),
    [("429", 7, 7.0), ("429", None, 60.0), ("500", None, None), ("dropped", None, None)],
)
def test_a_fault_that_passes_is_worth_another_try(
    scene: Scene, fault: str, seconds: float | None, wait: float | None
) -> None:
    scene.sandbox.misbehave(fault, times=None, seconds=seconds)
    with pytest.raises(UnavailableError) as caught:
        ask(scene)
    assert caught.value.retry_after == wait


@pytest.mark.parametrize(("seconds", "wait"), [(9, 9.0), (None, 60.0)])
def test_githubs_secondary_limit_is_no_refusal(github: Scene, seconds: float | None, wait: float) -> None:
    github.sandbox.misbehave("secondary-limit", times=None, seconds=seconds)
    with pytest.raises(UnavailableError) as caught:
        ask(github)
    assert caught.value.retry_after == wait


def test_githubs_primary_limit_names_its_reset(github: Scene) -> None:
    github.sandbox.misbehave("primary-limit", times=None, seconds=100)
    with pytest.raises(UnavailableError) as caught:
        ask(github)
    assert caught.value.retry_after is not None
    assert 90 < caught.value.retry_after <= 100


@pytest.mark.parametrize("kind", KINDS)
def test_a_slow_answer_is_given_up(
    kind: str, sandbox: Sandbox, key_pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gitlab_client, "CALL_TIMEOUT", 0.3)
    monkeypatch.setattr(forgejo_client, "CALL_TIMEOUT", 0.3)
    monkeypatch.setattr(github_client, "CONNECTION_TIMEOUT", 1)  # PyGithub takes whole seconds only
    scene = build(kind, sandbox, key_pair)
    sandbox.misbehave("slow", times=None, seconds=None)
    with pytest.raises(UnavailableError):
        ask(scene)
    sandbox.world.misbehaviour.clear()
    assert ask(scene) == scene.read()


@pytest.mark.parametrize("fault", ["429", "500", "dropped"])
def test_a_fault_while_a_file_is_read_is_worth_another_try(scene: Scene, fault: str) -> None:
    tree = scene.forge.tree(scene.read())
    entry = tree.entry("models/tiny one.bin")
    assert entry is not None
    reader = tree.open(entry)
    scene.sandbox.misbehave(fault, FILES[scene.kind], seconds=4)
    with pytest.raises(UnavailableError) as caught:
        reader.read(0, 5)
    assert caught.value.retry_after == (4 if fault == "429" else None)
    assert reader.read(0, 2) == b"\0\1"


def test_a_slow_file_is_given_up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forge_http, "TIMEOUT", (5.0, 0.3))
    tree = scene.forge.tree(scene.read())
    entry = tree.entry("models/tiny one.bin")
    assert entry is not None
    reader = tree.open(entry)
    scene.sandbox.misbehave("slow", FILES[scene.kind], times=None, seconds=None)
    with pytest.raises(UnavailableError):
        reader.read(0, 5)


def test_a_file_that_vanished_is_unreadable(scene: Scene) -> None:
    tree = scene.forge.tree(scene.read())
    entry = tree.entry("models/tiny one.bin")
    assert entry is not None
    reader = tree.open(entry)
    scene.repository.private = True
    scene.repository.access.clear()
    scene.world.installations.clear()
    for value in list(scene.world.tokens):
        del scene.world.tokens[value]
    with pytest.raises(UnreadableError):
        reader.read(0, 5)


def test_a_fault_after_the_first_page_is_told_too(scene: Scene) -> None:
    found = scene.branch("many", {f"many/{number:03}.txt": b"%d\n" % number for number in range(130)})
    pattern, served = {"gitlab": ("*/diffs", 1), "forgejo": ("*.diff", 0)}.get(scene.kind, ("*/files", 1))
    scene.sandbox.misbehave("500", pattern, after=served)
    with pytest.raises(UnavailableError):
        scene.forge.changes(found)
    assert len(scene.forge.changes(found).files) == 130


def test_gitlab_says_403_to_a_token_that_may_only_read(gitlab: Scene) -> None:
    token = gitlab.world.create_token("weighbridge-bot", scopes=frozenset({"read_api"}))
    reader = type(gitlab.forge)(gitlab.sandbox.gitlab_url, token)  # type: ignore[call-arg]
    found = gitlab.read()
    with pytest.raises(RefusedError, match="scope api"):
        reader.create_comment(found, "hello")


def test_every_fault_is_a_forge_error(scene: Scene) -> None:
    assert issubclass(UnavailableError, ForgeError)
    scene.sandbox.misbehave("secondary-limit", times=None)
    with pytest.raises(ForgeError):
        scene.forge.create_comment(_any(scene), "x")


def _any(scene: Scene) -> Any:
    scene.world.misbehaviour.clear()
    found = scene.read()
    scene.sandbox.misbehave("secondary-limit", times=None)
    return found


def test_a_key_of_another_app_is_refused(sandbox: Sandbox, key_pair: tuple[str, str]) -> None:
    scene = build("github-app", sandbox, key_pair)
    for app in scene.world.apps.values():
        app.public_key = new_keys()[1]
    with pytest.raises(RefusedError):
        ask(scene)


def test_what_is_no_key_is_told_at_once() -> None:
    with pytest.raises(ForgeError, match="WEIGHBRIDGE_GITHUB_PRIVATE_KEY"):
        GitHubForge("http://127.0.0.1:9", app_id=1, private_key="-----BEGIN nonsense")
