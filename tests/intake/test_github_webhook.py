"""What GitHub sends is verified, stored before the answer, and never run twice."""

from __future__ import annotations

import json
from typing import Any

import githubkit.webhooks
import pytest

from bot.intake.github import parse
from bot.intake.payloads import MalformedError
from bot.store.records import DeliveryState
from bot.store.store import Store

MakePayload = Any


def test_a_signed_pull_request_is_stored_and_accepted(post: Any, store: Store, github_payload: MakePayload) -> None:
    answer = post.github(github_payload())
    assert (answer.status_code, answer.json["status"]) == (202, "accepted")
    [kept] = store.undispatched(10)
    assert kept.id == "github:one"
    assert kept.event == "pull_request.opened"
    assert kept.merge_request_key == "github:github.example:7:3"
    assert kept.work is not None
    assert kept.work["head"] == "a" * 40


def test_the_secret_that_is_being_replaced_is_still_good(post: Any, github_payload: MakePayload) -> None:
    assert post.github(github_payload(), secret="old").status_code == 202


@pytest.mark.parametrize("secret", ["", "newer", "NEW", "new,old"])
def test_another_secret_is_refused_and_nothing_is_stored(
    post: Any, store: Store, github_payload: MakePayload, secret: str
) -> None:
    assert post.github(github_payload(), secret=secret).status_code == 401
    assert store.deliveries() == []


def test_a_tampered_body_is_refused(post: Any, github_payload: MakePayload) -> None:
    tampered = json.dumps(github_payload("reopened")).encode()
    assert post.github(github_payload(), body=tampered).status_code == 401


def test_a_missing_or_malformed_signature_is_refused(post: Any) -> None:
    for headers in ({}, {"X-Hub-Signature-256": "sha1=00"}, {"X-Hub-Signature-256": "sha256=é"}):
        assert post.client.post("/webhooks/github", data=b"{}", headers=headers).status_code == 401


def test_a_repeated_delivery_is_answered_and_not_run_again(
    post: Any, store: Store, github_payload: MakePayload
) -> None:
    assert post.github(github_payload()).json["status"] == "accepted"
    answer = post.github(github_payload())
    assert (answer.status_code, answer.json["status"]) == (202, "repeated")
    assert len(store.undispatched(10)) == 1


@pytest.mark.parametrize(
    ("event", "payload", "reason"),
    [
        ("ping", {"zen": "Keep it simple"}, "asks whether anybody is here"),
        ("watch", {"action": "started"}, "none we act on"),
        ("", {}, "none we act on"),
    ],
)
def test_what_does_not_concern_us_is_202_with_a_reason(
    post: Any, store: Store, event: str, payload: dict[str, Any], reason: str
) -> None:
    answer = post.github(payload, event=event)
    assert (answer.status_code, answer.json["status"]) == (202, "ignored")
    assert reason in answer.json["reason"]
    assert [kept.state for _, kept in store.deliveries()] == [DeliveryState.IGNORED]


@pytest.mark.parametrize(
    ("action", "asks"),
    [
        ("opened", True),
        ("reopened", True),
        ("synchronize", True),
        ("ready_for_review", True),
        ("closed", True),
        ("labeled", False),
        ("edited", False),
        ("assigned", False),
    ],
)
def test_only_what_changes_the_judgement_asks_for_a_review(
    post: Any, store: Store, github_payload: MakePayload, action: str, asks: bool
) -> None:
    post.github(github_payload(action))
    assert len(store.undispatched(10)) == asks


@pytest.mark.parametrize(
    ("action", "state", "asks"),
    [
        ("submitted", "approved", True),
        ("submitted", "changes_requested", True),
        ("submitted", "commented", False),
        ("dismissed", "dismissed", True),
        ("edited", "approved", False),
    ],
)
def test_an_approval_and_one_that_is_taken_back_ask_for_a_review(
    post: Any, store: Store, github_payload: MakePayload, action: str, state: str, asks: bool
) -> None:
    post.github(github_payload(action, review={"state": state}), event="pull_request_review")
    assert [kept.event for kept in store.undispatched(10)] == [f"pull_request_review.{action}"] * asks


def test_a_retarget_asks_for_a_review(post: Any, store: Store, github_payload: MakePayload) -> None:
    post.github(github_payload("edited", changes={"base": {"ref": {"from": "main"}, "sha": {"from": "c" * 40}}}))
    assert len(store.undispatched(10)) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"3", b'{"a": ' * 100_000])
def test_what_is_no_json_object_is_400(post: Any, body: bytes) -> None:
    import hashlib
    import hmac

    signature = "sha256=" + hmac.new(b"new", body, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": "pull_request", "X-GitHub-Delivery": "x", "X-Hub-Signature-256": signature}
    assert post.client.post("/webhooks/github", data=body, headers=headers).status_code == 400


def test_a_payload_that_lacks_what_it_must_have_is_kept_and_names_it(
    post: Any, store: Store, github_payload: MakePayload
) -> None:
    answer = post.github(github_payload(repository={"id": "seven"}))
    assert (answer.status_code, answer.json["status"]) == (202, "ignored")
    assert "repository" in answer.json["reason"]
    [(_, kept)] = store.deliveries()
    assert (kept.state, kept.remark) == (DeliveryState.IGNORED, answer.json["reason"])


def test_a_body_over_the_limit_is_413_unread(post: Any) -> None:
    answer = post.client.post(
        "/webhooks/github", data=b"x", environ_overrides={"CONTENT_LENGTH": str(26 * 1024 * 1024)}
    )
    assert answer.status_code == 413


def test_every_truncation_of_a_payload_is_an_event_or_malformed(github_payload: MakePayload) -> None:
    whole = github_payload()

    def without(value: Any, path: tuple[str, ...]) -> Any:
        if len(path) == 1:
            return {key: item for key, item in value.items() if key != path[0]}
        return {key: without(item, path[1:]) if key == path[0] else item for key, item in value.items()}

    for path in [
        ("action",),
        ("pull_request",),
        ("pull_request", "head"),
        ("repository", "id"),
        ("repository", "html_url"),
    ]:
        try:
            parse("pull_request", without(whole, path))
        except MalformedError as error:
            assert "payload has no" in str(error)


def test_our_signature_agrees_with_an_independent_signer(post: Any, github_payload: MakePayload) -> None:
    body = json.dumps(github_payload())
    signature = githubkit.webhooks.sign("new", body)
    headers = {"X-GitHub-Event": "pull_request", "X-GitHub-Delivery": "x", "X-Hub-Signature-256": signature}
    assert post.client.post("/webhooks/github", data=body, headers=headers).status_code == 202
