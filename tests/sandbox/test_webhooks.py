"""Webhooks are signed as both forges document it, verified here by other people's code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
import standardwebhooks
from githubkit.webhooks import verify

from bot.sandbox.model import Forge, Hook
from bot.sandbox.webhooks import gitlab_headers


def test_a_github_delivery_is_signed_over_its_raw_body(stage: Any, receiver: Any) -> None:
    stage.world.add_hook(stage.repository, receiver.url, "s3cret")
    stage.world.close(stage.pull)
    stage.world.webhooks.wait_all()
    headers, body = receiver.received[-1]
    assert verify("s3cret", body, headers["X-Hub-Signature-256"])
    assert not verify("other", body, headers["X-Hub-Signature-256"])
    assert headers["X-GitHub-Event"] == "pull_request"
    assert json.loads(body)["action"] == "closed"


def test_a_gitlab_signing_token_follows_standard_webhooks() -> None:
    token = "whsec_" + base64.b64encode(b"0" * 32).decode()
    hook = Hook(1, 2, "http://127.0.0.1/", "plain", Forge.GITLAB, signing_token=token)
    body = b'{"object_kind":"merge_request"}'
    headers = gitlab_headers(hook, "Merge Request Hook", "guid", body)
    assert headers["X-Gitlab-Token"] == "plain"
    assert standardwebhooks.Webhook(token).verify(body, headers) == {"object_kind": "merge_request"}
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(token).verify(body + b" ", headers)


def test_a_redelivery_keeps_its_id(stage: Any, receiver: Any) -> None:
    stage.world.add_hook(stage.repository, receiver.url, "s3cret")
    stage.world.close(stage.pull)
    first = stage.world.webhooks.wait_for(lambda one: one.action == "closed")
    again = stage.world.webhooks.redeliver(first).wait()
    assert (again.guid, again.body) == (first.guid, first.body)
    assert again.response == "noted"
    assert [headers["X-GitHub-Delivery"] for headers, _ in receiver.received[-2:]] == [first.guid] * 2


def test_a_failed_delivery_is_recorded_and_not_repeated(stage: Any, receiver: Any) -> None:
    receiver.status = 500
    stage.world.add_hook(stage.repository, receiver.url, "s3cret")
    stage.world.close(stage.pull)
    assert [delivery.status for delivery in stage.world.webhooks.wait_all()] == [500, 500]
    assert len(receiver.received) == 2


def test_a_receiver_that_is_not_there_is_recorded(stage: Any) -> None:
    stage.world.add_hook(stage.repository, "http://127.0.0.1:1/webhooks/github", "s3cret")
    delivery = stage.world.webhooks.wait_for(lambda one: one.event == "ping")
    assert delivery.status is None
    assert delivery.error is not None


def test_a_hook_gets_the_events_it_wants(stage: Any, receiver: Any) -> None:
    stage.world.add_hook(stage.repository, receiver.url, "s3cret", events=frozenset({"issue_comment"}))
    stage.world.close(stage.pull)
    stage.world.comment(stage.pull, "Why?", "alice")
    stage.world.webhooks.wait_all()
    assert [headers["X-GitHub-Event"] for headers, _ in receiver.received] == ["issue_comment"]


def test_a_push_to_a_branch_updates_its_open_pull_requests(stage: Any, receiver: Any) -> None:
    stage.world.add_hook(stage.repository, receiver.url, "s3cret")
    before = stage.pull.head
    after = stage.world.push(stage.pull, {"models/LICENSE": b"MIT\n"})
    delivery = stage.world.webhooks.wait_for(lambda one: one.action == "synchronize")
    assert (delivery.payload["before"], delivery.payload["after"]) == (before, after)
    assert delivery.payload["pull_request"]["head"]["sha"] == after == stage.pull.head


def test_a_force_push_leaves_nothing_of_the_old_head(stage: Any) -> None:
    stage.world.push(stage.pull, {"only.txt": b"only\n"}, start="main")
    files = stage.bot.get(f"{stage.path}/pulls/1/files").json()
    assert [row["filename"] for row in files] == ["only.txt"]


def test_a_draft_made_ready_says_so(stage: Any, receiver: Any) -> None:
    stage.world.add_hook(stage.repository, receiver.url, "s3cret")
    stage.world.set_draft(stage.pull, True)
    stage.world.set_draft(stage.pull, False)
    stage.world.webhooks.wait_all()
    actions = [json.loads(body).get("action") for _, body in receiver.received]
    assert actions == [None, "converted_to_draft", "ready_for_review"]


def test_the_old_sha1_signature_is_sent_beside_the_new_one(stage: Any, receiver: Any) -> None:
    stage.world.add_hook(stage.repository, receiver.url, "s3cret")
    stage.world.webhooks.wait_all()
    headers, body = receiver.received[0]
    assert headers["X-Hub-Signature"] == "sha1=" + hmac.new(b"s3cret", body, hashlib.sha1).hexdigest()
