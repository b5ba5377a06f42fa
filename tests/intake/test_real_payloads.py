"""Every example that GitHub and GitLab publish leads to the right work, or is ignored with a reason."""

from __future__ import annotations

import copy
import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

from bot.intake import github, gitlab
from bot.intake.events import (
    BranchPushed,
    Event,
    HeadReviewRequested,
    Ignored,
    InventoryRequested,
    QueueEntryRequested,
    RepositoriesChanged,
    RepositoryGone,
    RepositoryMoved,
    ReviewRequested,
    from_plain,
    to_plain,
)
from bot.intake.payloads import MalformedError
from bot.store.store import Store

DATA = Path(__file__).parent / "data"


def _read(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(gzip.decompress((DATA / name).read_bytes()))
    return read


GITHUB: dict[str, list[dict[str, Any]]] = _read("octokit-webhooks-examples-7.6.1.json.gz")
GITLAB: dict[str, dict[str, Any]] = _read("go-gitlab-webhooks-0.73.1.json.gz")
EXAMPLES = [(event, number) for event, examples in sorted(GITHUB.items()) for number in range(len(examples))]

ASKED = {
    "pull_request.opened": ReviewRequested,
    "pull_request.reopened": ReviewRequested,
    "pull_request.synchronize": ReviewRequested,
    "pull_request.ready_for_review": ReviewRequested,
    "pull_request.converted_to_draft": ReviewRequested,
    "pull_request.closed": ReviewRequested,
    "pull_request_review.dismissed": ReviewRequested,
    "check_run.rerequested": HeadReviewRequested,
    "check_suite.rerequested": ReviewRequested,
    "merge_group.checks_requested": QueueEntryRequested,
    "installation.created": RepositoriesChanged,
    "installation.deleted": RepositoriesChanged,
    "installation.suspend": RepositoriesChanged,
    "installation.unsuspend": RepositoriesChanged,
    "installation_repositories.added": RepositoriesChanged,
    "installation_repositories.removed": RepositoriesChanged,
    "repository.renamed": RepositoryMoved,
    "repository.transferred": RepositoryMoved,
}
"""What each action asks for; whatever is not here is ignored."""


def _named(event: str, payload: dict[str, Any]) -> str:
    return f"{event}.{payload['action']}" if payload.get("action") else event


@pytest.mark.parametrize(("event", "number"), EXAMPLES)
def test_an_example_of_github_leads_to_what_it_asks_for(event: str, number: int) -> None:
    payload = GITHUB[event][number]
    found = github.parse(event, payload)
    assert type(found) is ASKED.get(_named(event, payload), Ignored)
    if isinstance(found, Ignored):
        assert found.reason
    else:
        assert found.host == "github.com"
        assert from_plain(json.loads(json.dumps(to_plain(found)))) == found


def test_what_is_asked_for_is_read_from_the_right_places() -> None:
    [queued, _] = GITHUB["merge_group"]
    entry = github.parse("merge_group", queued)
    assert isinstance(entry, QueueEntryRequested)
    assert (entry.branch, entry.numbers) == ("main", (104,))
    assert (entry.head, entry.base) == (queued["merge_group"]["head_sha"], queued["merge_group"]["base_sha"])
    [came, *_] = [one for one in GITHUB["installation"] if one["action"] == "created"]
    installation = github.parse("installation", came)
    assert isinstance(installation, RepositoriesChanged)
    assert installation.added == tuple((str(one["id"]), one["full_name"]) for one in came["repositories"])
    assert installation.removed == ()
    [moved, *_] = [one for one in GITHUB["repository"] if one["action"] == "transferred"]
    assert github.parse("repository", moved).repository == "Octocoders/Hello-World"  # type: ignore[union-attr]


def test_a_push_that_may_change_a_policy_is_told_from_others() -> None:
    [example] = [one for one in GITHUB["push"][:5] if one["ref"] == "refs/heads/master"]
    assert isinstance(github.parse("push", example), Ignored)  # README.md
    for kind in ("added", "modified", "removed"):
        with_policy = copy.deepcopy(example)
        with_policy["commits"][0][kind] = [".weighbridge.yml", "docs/a.md"]
        pushed = github.parse("push", with_policy)
        assert isinstance(pushed, BranchPushed)
        assert (pushed.branch, pushed.paths, pushed.head) == ("master", (".weighbridge.yml",), example["after"])
    for unknown in ({"commits": []}, {"forced": True}):
        pushed = github.parse("push", example | unknown)
        assert isinstance(pushed, BranchPushed)
        assert pushed.paths is None
    assert isinstance(github.parse("push", example | {"after": "0" * 40, "commits": []}), Ignored)


def test_a_check_asked_for_again_names_its_pull_request_only_within_the_repository() -> None:
    [example, *_] = [one for one in GITHUB["check_suite"] if one["action"] == "rerequested"]
    found = github.parse("check_suite", example)
    assert isinstance(found, ReviewRequested)
    [pull] = example["check_suite"]["pull_requests"]
    assert (found.number, found.head) == (pull["number"], example["check_suite"]["head_sha"])
    elsewhere = copy.deepcopy(example)
    elsewhere["check_suite"]["pull_requests"][0]["base"]["repo"]["id"] = 1
    assert isinstance(github.parse("check_suite", elsewhere), HeadReviewRequested)
    pressed = copy.deepcopy(next(one for one in GITHUB["check_run"] if one["action"] == "requested_action"))
    assert isinstance(github.parse("check_run", pressed), Ignored)
    pressed["requested_action"]["identifier"] = github.RECHECK
    assert isinstance(github.parse("check_run", pressed), ReviewRequested | HeadReviewRequested)


@pytest.mark.parametrize("name", sorted(GITLAB))
def test_an_example_of_gitlab_leads_to_what_it_asks_for(name: str) -> None:
    asked: dict[str, type[Event]] = {
        "merge_request": ReviewRequested,
        "service_merge_request": ReviewRequested,  # it has an `oldrev`
        "push": BranchPushed,  # of four commits it lists two
    }
    if name == "group_merge_request":  # the names in this example end in spaces
        with pytest.raises(MalformedError):
            gitlab.parse("", GITLAB[name])
        return
    assert type(gitlab.parse("", GITLAB[name])) is asked.get(name, Ignored)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("project_create", InventoryRequested),
        ("project_rename", RepositoryMoved),
        ("project_transfer", RepositoryMoved),
        ("project_destroy", RepositoryGone),
        ("project_update", Ignored),
        ("user_create", Ignored),
    ],
)
def test_what_gitlab_tells_of_its_projects(event: str, kind: type[Event]) -> None:
    payload = {"event_name": event, "path_with_namespace": "jsmith/underscore", "project_id": 73, "name": "Underscore"}
    found = gitlab.parse("System Hook", payload)
    assert type(found) is kind
    if not isinstance(found, Ignored):
        assert (found.repository_id, found.repository) == ("73", "jsmith/underscore")  # type: ignore[union-attr]


def test_a_push_to_gitlab_of_more_commits_than_it_lists_may_have_changed_anything() -> None:
    push = GITLAB["push"]
    for total, kind in ((len(push["commits"]) + 1, BranchPushed), (len(push["commits"]), Ignored)):
        pushed = gitlab.parse("Push Hook", push | {"total_commits_count": total})
        assert type(pushed) is kind


JUNK = (None, True, 0, -1, 1.5, "", "x" * 300, [], ["x"], [None], {}, {"id": "seven"}, "http://[", "refs/heads/")


def _damaged(payload: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The payload with one value somewhere taken away or replaced by something else."""
    damaged = copy.deepcopy(payload)
    place: Any = damaged
    while True:
        key = chance.choice(sorted(place) if isinstance(place, dict) else range(len(place)))
        deeper = place[key]
        if isinstance(deeper, dict | list) and deeper and chance.random() < 0.75:
            place = deeper
            continue
        if chance.random() < 0.3:
            del place[key]
        else:
            place[key] = chance.choice(JUNK)
        return damaged


def test_no_damage_to_a_payload_is_more_than_malformed() -> None:
    chance = random.Random(20261125)
    acted_on = {name.partition(".")[0] for name in ASKED} | {"push"}
    for _ in range(12):
        for event in sorted(acted_on):
            for payload in GITHUB[event]:
                _parse(github, event, _damaged(payload, chance))
        for payload in GITLAB.values():
            _parse(gitlab, "", _damaged(payload, chance))


def _parse(forge: Any, event: str, payload: dict[str, Any]) -> None:
    try:
        found = forge.parse(event, payload)
    except MalformedError as error:
        assert "payload has no" in str(error)
    else:
        if not isinstance(found, Ignored):
            json.dumps(to_plain(found))


def test_the_receiver_keeps_each_kind_of_event_and_takes_no_damage(post: Any, store: Store) -> None:
    chance = random.Random(4)
    sent = 0
    for event, examples in GITHUB.items():
        for payload in (examples[0], _damaged(examples[0], chance)):
            answer = post.github(payload, event=event, identity=f"{event}-{sent}")
            assert answer.status_code == 202, answer.json
            sent += 1
    assert len(store.deliveries(limit=1_000)) == sent
