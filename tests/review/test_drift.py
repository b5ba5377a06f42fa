"""Weights are merged under one licence, and the card beside them is edited later: told against both forges."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.forges.protocol import UnavailableError
from bot.review import drift as module
from bot.review import whereabouts
from bot.sandbox.model import Access
from bot.scanner.readers import UnreadableError
from bot.store.records import Look
from tests.review.yard import APACHE, BOT, CARD, MODEL, NON_COMMERCIAL, Yard, open_yard


@pytest.fixture(params=["github", "gitlab"])
def yard(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Yard]:
    with open_yard(tmp_path, request.param) as found:
        yield found


def test_a_card_that_turns_non_commercial_opens_one_flag_and_closes_it_when_it_turns_back(
    yard: Yard, weights: bytes
) -> None:
    merge_request = yard.merge({MODEL: weights, CARD: APACHE})
    assert yard.look() == {MODEL: Look.SAME}
    assert yard.flags() == []

    yard.pass_by(30)
    yard.change({CARD: NON_COMMERCIAL})
    for _ in range(2):
        assert yard.look() == {MODEL: Look.CHANGED}
    [flag] = yard.flags()
    assert (flag.rule, flag.severity, flag.path) == ("license-drift", "blocking", MODEL)
    assert flag.title == "The licence changed from `Apache-2.0` to `CC-BY-NC-4.0` after these weights were admitted"
    assert (flag.merge_request.key, flag.merge_request.open_flags, flag.reopened) == (merge_request, 1, 0)
    assert "of 2026-03-09" in yard.artifact(merge_request).look_remark

    yard.change({CARD: APACHE + b"\nThe card was corrected.\n"})
    assert yard.look() == {MODEL: Look.SAME}
    assert yard.flags() == []
    yard.change({CARD: NON_COMMERCIAL})
    yard.look()
    assert [one.reopened for one in yard.flags()] == [1]


def test_nothing_is_posted_on_the_merge_request_that_is_long_merged(yard: Yard, weights: bytes) -> None:
    yard.merge({MODEL: weights, CARD: APACHE})
    yard.change({CARD: NON_COMMERCIAL})
    world = yard.sandbox.world
    [merge_request] = world.merge_requests.values()
    before = [note.body for note in world.conversation.comments(merge_request)]
    yard.look()
    assert [note.body for note in world.conversation.comments(merge_request)] == before


def test_weights_that_are_removed_or_replaced_have_no_licence_to_look_at(yard: Yard, weights: bytes) -> None:
    yard.merge({MODEL: weights, CARD: APACHE, "n/other.safetensors": weights[:-1] + b"x", "n/README.md": APACHE})
    yard.change({CARD: NON_COMMERCIAL, "n/README.md": NON_COMMERCIAL})
    yard.look()
    assert len(yard.flags()) == 2
    yard.change({MODEL: None, "n/other.safetensors": weights[:-1] + b"y"})
    assert set(yard.look().values()) == {Look.GONE}
    assert yard.flags() == []


def test_weights_are_followed_to_where_they_were_moved(yard: Yard, weights: bytes) -> None:
    yard.merge({MODEL: weights, CARD: APACHE})
    yard.change({MODEL: None, CARD: None, "deep/er/renamed.safetensors": weights, "deep/er/README.md": NON_COMMERCIAL})
    assert yard.look() == {MODEL: Look.CHANGED}
    [flag] = yard.flags()
    assert flag.path == "deep/er/renamed.safetensors"
    yard.change({"deep/er/renamed.safetensors": None, MODEL: weights, CARD: NON_COMMERCIAL})
    yard.look()
    assert [(one.path, one.reopened) for one in yard.flags()] == [(MODEL, 0)]


def test_weights_that_go_into_git_lfs_are_the_same_weights(yard: Yard, weights: bytes) -> None:
    yard.merge({MODEL: weights, CARD: APACHE})
    pointer = yard.sandbox.world.put_lfs_object(yard.repository, weights)
    yard.change({MODEL: pointer, CARD: NON_COMMERCIAL})
    assert yard.look() == {MODEL: Look.CHANGED}


def test_a_licence_that_the_weights_state_themselves_is_not_looked_up_again(yard: Yard, weights: bytes) -> None:
    text = b'{"__metadata__":{"license":"Apache-2.0"},' + weights[9 : 8 + int.from_bytes(weights[:8], "little")]
    yard.merge({MODEL: len(text).to_bytes(8, "little") + text + weights[-4096:], CARD: APACHE})
    yard.change({CARD: NON_COMMERCIAL})
    assert yard.look() == {MODEL: Look.INSIDE}
    yard.pass_by(1000)
    assert yard.store.repositories_to_look_at(yard.now(), 10) == []


def test_what_cannot_be_read_is_told_and_changes_nothing_that_is_known(
    yard: Yard, weights: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    merge_request = yard.merge({MODEL: weights, CARD: APACHE})
    yard.change({CARD: NON_COMMERCIAL})
    yard.look()
    yard.change({CARD: APACHE})

    def gather(*_: object) -> None:
        raise UnreadableError("the card was cut short")

    with caplog.at_level(logging.WARNING), monkeypatch.context() as context:
        context.setattr(module, "gather", gather)
        assert yard.look() == {MODEL: Look.UNREADABLE}
    assert "is not known now: the card was cut short" in caplog.text
    assert yard.artifact(merge_request).look_remark == "the card was cut short"
    assert len(yard.flags()) == 1, "the flag stays until somebody can see that it is settled"
    assert yard.look() == {MODEL: Look.SAME}
    assert yard.flags() == []
    monkeypatch.setattr(whereabouts, "LISTED", 1)
    yard.change({MODEL: None})
    assert yard.look() == {MODEL: Look.UNREADABLE}
    assert "whether it was moved is not known" in yard.artifact(merge_request).look_remark


def test_a_repository_that_is_hidden_from_us_is_told_and_a_forge_that_is_down_is_asked_again(
    yard: Yard, weights: bytes
) -> None:
    merge_request = yard.merge({MODEL: weights, CARD: APACHE})
    yard.sandbox.misbehave("500", "*", times=None)
    with pytest.raises(UnavailableError):
        yard.look()
    assert yard.artifact(merge_request).look is None
    yard.sandbox.world.misbehaviour.clear()
    yard.repository.private = True
    yard.sandbox.world.grant(yard.repository, BOT, Access.NONE)
    assert yard.look() == {MODEL: Look.UNREADABLE}
    assert "not there" in yard.artifact(merge_request).look_remark


def test_the_policy_of_today_judges_and_its_exceptions_close_the_flag(yard: Yard, weights: bytes) -> None:
    yard.merge({MODEL: weights, CARD: APACHE})
    yard.change(
        {CARD: NON_COMMERCIAL, ".weighbridge.yml": b"version: 1\nrules: {license-drift: {cases: {refused: info}}}\n"}
    )
    yard.look()
    assert [flag.severity for flag in yard.flags()] == ["info"]
    waiver = (
        b"version: 1\nwaivers:\n  - {rule: license-drift, path: m/model.safetensors,"
        b" reason: The publisher confirmed the old terms, until: 2026-12-31}\n"
    )
    yard.change({".weighbridge.yml": waiver})
    assert yard.look() == {MODEL: Look.CHANGED}
    assert yard.flags() == []
    yard.pass_by(400)
    yard.look()
    assert [flag.severity for flag in yard.flags()] == ["blocking"]


def test_weights_that_came_in_anew_are_compared_with_their_last_admission(yard: Yard, weights: bytes) -> None:
    first = yard.merge({MODEL: weights, CARD: APACHE})
    yard.change({CARD: NON_COMMERCIAL})
    yard.look()
    yard.pass_by(1)
    yard.change({MODEL: None})
    second = yard.merge({MODEL: weights, CARD: b"---\nlicense: mit\n---\n# A voice\n"})
    yard.look()
    assert yard.flags() == []
    assert (yard.artifact(first).look, yard.artifact(second).look) == (Look.GONE, Look.SAME)


def test_weights_that_only_another_branch_holds_are_looked_at_there(yard: Yard, weights: bytes) -> None:
    yard.change({"README.md": b"# Voices\n"}, "stable")
    yard.merge({MODEL: weights, CARD: APACHE}, into="stable")
    assert yard.look() == {MODEL: Look.SAME}
    yard.change({CARD: NON_COMMERCIAL}, "stable")
    assert yard.look() == {MODEL: Look.CHANGED}


def test_a_newer_version_of_ours_that_reads_the_same_card_otherwise_opens_no_flag(
    yard: Yard, weights: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge_request = yard.merge({MODEL: weights, CARD: APACHE})
    gather = module.gather
    monkeypatch.setattr(module, "gather", lambda *about: [one for one in gather(*about) if one.path != CARD])
    assert yard.look() == {MODEL: Look.SAME}
    assert "this version of Weighbridge reads no known licence" in yard.artifact(merge_request).look_remark


def test_only_what_is_due_is_looked_at_and_the_longest_waiting_first(
    yard: Yard, weights: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOKS", 1)
    yard.merge({MODEL: weights, CARD: APACHE, "n/other.safetensors": weights[:-1] + b"x", "n/README.md": APACHE})
    assert yard.look(every=7) == {}
    yard.pass_by(8)
    assert yard.store.repositories_to_look_at(yard.now() - timedelta(days=7), 10) == [yard.key]
    looked = [*yard.look(every=7), *yard.look(every=7)]
    assert sorted(looked) == [MODEL, "n/other.safetensors"]
    assert yard.look(every=7) == {}
    assert yard.store.repositories_to_look_at(yard.now() - timedelta(days=7), 10) == []


def test_what_another_version_recorded_is_said_to_be_unreadable(yard: Yard, weights: bytes) -> None:
    yard.merge({MODEL: weights, CARD: APACHE})
    admitted = yard.store.admitted
    broken: Callable[[str], object] = lambda key: [  # noqa: E731
        module.replace(one, judgement='{"facts": {"artifacts": [{"path": 3}]}}') for one in admitted(key)
    ]
    yard.store.admitted = broken  # type: ignore[method-assign, assignment]
    assert yard.look() == {MODEL: Look.UNREADABLE}
