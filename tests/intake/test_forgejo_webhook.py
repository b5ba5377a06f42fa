"""What Forgejo and Gitea send: their signature, what asks for a look, and what does not."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from bot.intake import forgejo
from bot.intake.events import BranchPushed, Event, Ignored, InventoryRequested, RepositoryGone, ReviewRequested
from bot.intake.payloads import MalformedError
from bot.sandbox.forgejo import listener
from bot.sandbox.world import World
from bot.store.store import Store

MakePayload = Any

DOCUMENTED_PUSH: dict[str, Any] = {  # "Webhooks", Event information; its people and counters are left out
    "ref": "refs/heads/develop",
    "before": "28e1879d029cb852e4844d9c718537df08844e03",
    "after": "bffeb74224043ba2feb48d137756c8a9331c449a",
    "compare_url": "http://localhost:3000/forgejo/webhooks/compare/28e1879...bffeb74",
    "commits": [{"id": "bffeb74224043ba2feb48d137756c8a9331c449a", "message": "Webhooks Yay!"}],
    "repository": {
        "id": 140,
        "name": "webhooks",
        "full_name": "forgejo/webhooks",
        "html_url": "http://localhost:3000/forgejo/webhooks",
        "default_branch": "master",
    },
}


def test_a_pull_request_is_accepted_and_a_repeated_delivery_is_not_run_again(
    post: Any, store: Store, forgejo_payload: MakePayload
) -> None:
    answer = post.forgejo(forgejo_payload(), identity="d1")
    assert (answer.status_code, answer.json["status"]) == (202, "accepted")
    [kept] = store.undispatched(10)
    assert (kept.id, kept.merge_request_key) == ("forgejo:d1", "forgejo:forgejo.example:8:5")
    assert post.forgejo(forgejo_payload(), identity="d1").json["status"] == "repeated"


def test_gitea_is_understood_under_its_own_names(post: Any, store: Store, forgejo_payload: MakePayload) -> None:
    assert post.forgejo(forgejo_payload(), identity="d2", names=("Gitea", "GitHub")).status_code == 202
    assert [kept.id for kept in store.undispatched(10)] == ["forgejo:d2"]


def test_both_secrets_are_good_while_one_is_replaced(post: Any, forgejo_payload: MakePayload) -> None:
    for secret, code in (("new", 202), ("old", 202), ("other", 401), ("", 401)):
        assert post.forgejo(forgejo_payload(), secret=secret, identity=secret).status_code == code


def test_without_its_own_signature_nothing_is_accepted(post: Any, forgejo_payload: MakePayload) -> None:
    assert post.forgejo(forgejo_payload(), names=("GitHub",)).status_code == 401


def test_a_delivery_of_forgejo_is_none_of_github(post: Any, store: Store, forgejo_payload: MakePayload) -> None:
    """It also carries the headers of GitHub, so the address decides whose repository is meant."""
    post.forgejo(forgejo_payload())
    [kept] = store.undispatched(10)
    assert kept.merge_request_key is not None
    assert kept.merge_request_key.startswith("forgejo:")


TITLE = {"title": {"from": "WIP: Add"}}


@pytest.mark.parametrize(
    ("event", "payload", "kind"),
    [
        ("pull_request", {"action": "opened"}, ReviewRequested),
        ("pull_request", {"action": "reopened"}, ReviewRequested),
        ("pull_request", {"action": "synchronized"}, ReviewRequested),
        ("pull_request", {"action": "closed"}, ReviewRequested),
        ("pull_request", {"action": "edited", "changes": {"ref": {"from": "main"}}}, ReviewRequested),
        ("pull_request", {"action": "edited", "changes": TITLE}, ReviewRequested),
        ("pull_request", {"action": "edited", "changes": {"title": {"from": "Add"}}}, Ignored),
        ("pull_request", {"action": "edited", "changes": {"body": {"from": ""}}}, Ignored),
        ("pull_request", {"action": "label_updated"}, Ignored),
        ("pull_request", {"action": "review_requested"}, Ignored),
        ("pull_request_approved", {"action": "reviewed"}, ReviewRequested),
        ("pull_request_rejected", {"action": "reviewed"}, ReviewRequested),
        ("pull_request_comment", {"action": "reviewed"}, Ignored),
        ("issue_comment", {"action": "created"}, Ignored),
        ("repository", {"action": "created"}, InventoryRequested),
        ("repository", {"action": "deleted"}, RepositoryGone),
        ("issues", {"action": "opened"}, Ignored),
        ("", {}, Ignored),
    ],
)
def test_what_asks_for_work(
    forgejo_payload: MakePayload, event: str, payload: dict[str, Any], kind: type[Event]
) -> None:
    found = forgejo.parse(event, forgejo_payload() | payload)
    assert type(found) is kind
    if isinstance(found, ReviewRequested):
        assert (found.host, found.repository_id, found.number, found.head) == ("forgejo.example", "8", 5, "c" * 40)


def test_the_documented_push_is_one_to_the_branch_it_names() -> None:
    policy = {
        "commits": [{"id": "b", "added": [], "modified": [".weighbridge.yml"], "removed": []}],
        "total_commits": 1,
    }
    found = forgejo.parse("push", DOCUMENTED_PUSH | policy)
    assert isinstance(found, BranchPushed)
    assert (found.host, found.branch, found.paths) == ("localhost", "develop", (".weighbridge.yml",))
    assert isinstance(forgejo.parse("push", DOCUMENTED_PUSH), Ignored), "it names no file"


def test_what_the_sandbox_sends_cut_and_changed_is_never_a_crash(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.create_user("ada")
    repository = world.create_repository("lab/voices", files={"README.md": b"# Voices\n"}, forge="forgejo")
    world.add_hook(repository, "http://127.0.0.1:9/", "s")
    world.subscribe(listener(world))
    world.commit(repository, "voice", {"a.txt": b"a\n"}, "Add", "ada")
    pull = world.open_merge_request(repository, "voice", author="ada")
    world.approve(pull, "ada")
    world.comment(pull, "A word", "ada")
    sent = [(one.event, one.payload) for one in world.webhooks.deliveries]
    assert [event for event, _ in sent] == ["push", "pull_request", "pull_request_approved", "issue_comment"]
    chance = random.Random(5)
    for event, payload in sent * 60:
        spoilt = copy.deepcopy(payload)
        _spoil(spoilt, chance)
        try:
            forgejo.parse(event, json.loads(json.dumps(spoilt)))
        except MalformedError as error:
            assert str(error)


def _spoil(value: Any, chance: random.Random) -> None:
    """Change one thing, deeper down or here."""
    while isinstance(value, dict) and value:
        key = chance.choice(sorted(value))
        if isinstance(value[key], dict) and chance.random() < 0.6:
            value = value[key]
            continue
        value[key] = chance.choice([None, 0, -1, True, "", "http://[", [], {}, [None], "x" * 5000])
        return
