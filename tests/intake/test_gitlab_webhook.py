"""What GitLab sends: plain secrets and signing tokens, updates that matter and updates that do not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from bot.store.store import Store

MakePayload = Any


def test_a_merge_request_with_the_plain_secret_is_accepted(
    post: Any, store: Store, gitlab_payload: MakePayload
) -> None:
    answer = post.gitlab(
        gitlab_payload(), X_Gitlab_Token="plain", Idempotency_Key="k", X_Gitlab_Event="Merge Request Hook"
    )
    assert (answer.status_code, answer.json["status"]) == (202, "accepted")
    [kept] = store.undispatched(10)
    assert (kept.id, kept.merge_request_key) == ("gitlab:k", "gitlab:gitlab.example:9:4")


@pytest.mark.parametrize("token", ["", "Plain", "plain "[:0], "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_a_wrong_secret_is_refused_and_a_signing_token_is_no_plain_one(
    post: Any, gitlab_payload: MakePayload, token: str
) -> None:
    assert post.gitlab(gitlab_payload(), X_Gitlab_Token=token).status_code == 401


def _signed(token: str, payload: Any, moment: datetime) -> dict[str, str]:
    body = json.dumps(payload)
    return {
        "webhook-id": "m1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(token).sign("m1", moment, body),
    }


def test_a_signed_delivery_is_accepted_within_five_minutes(
    post: Any, gitlab_payload: MakePayload, signing_token: str
) -> None:
    now = datetime.now(UTC)
    for moment, code in ((now, 202), (now - timedelta(minutes=6), 401), (now + timedelta(minutes=6), 401)):
        payload = gitlab_payload(title=str(code))
        headers = _signed(signing_token, payload, moment)
        answer = post.client.post("/webhooks/gitlab", data=json.dumps(payload), headers=headers)
        assert answer.status_code == code, moment


def test_a_signed_delivery_that_was_tampered_with_is_refused(
    post: Any, gitlab_payload: MakePayload, signing_token: str
) -> None:
    headers = _signed(signing_token, gitlab_payload(), datetime.now(UTC))
    answer = post.client.post("/webhooks/gitlab", data=json.dumps(gitlab_payload("reopen")), headers=headers)
    assert answer.status_code == 401


def test_a_retry_with_the_same_idempotency_key_is_not_run_again(post: Any, gitlab_payload: MakePayload) -> None:
    for uuid, status in (("u1", "accepted"), ("u2", "repeated")):
        answer = post.gitlab(gitlab_payload(), X_Gitlab_Token="plain", Idempotency_Key="k", X_Gitlab_Webhook_UUID=uuid)
        assert answer.json["status"] == status


@pytest.mark.parametrize(
    ("payload", "asks"),
    [
        ({"action": "update", "oldrev": "c" * 40}, True),
        ({"action": "update"}, False),
        ({"action": "close"}, True),
        ({"action": "approved"}, True),
        ({"action": "approval"}, True),
        ({"action": "unapproved"}, True),
        ({"action": "unapproval"}, True),
        ({"action": "merge"}, True),
        ({"action": "reopen"}, True),
    ],
)
def test_only_new_commits_approvals_and_the_end_ask_for_a_look(
    post: Any, store: Store, gitlab_payload: MakePayload, payload: dict[str, str], asks: bool
) -> None:
    post.gitlab(gitlab_payload(**payload), X_Gitlab_Token="plain")
    assert len(store.undispatched(10)) == asks


def test_a_retarget_asks_for_a_review(post: Any, store: Store, gitlab_payload: MakePayload) -> None:
    payload = gitlab_payload("update") | {"changes": {"target_branch": {"previous": "main", "current": "next"}}}
    post.gitlab(payload, X_Gitlab_Token="plain")
    assert len(store.undispatched(10)) == 1


def test_an_event_about_something_else_is_202_and_ignored(post: Any) -> None:
    answer = post.gitlab({"object_kind": "pipeline"}, X_Gitlab_Token="plain")
    assert (answer.status_code, answer.json["status"]) == (202, "ignored")


def test_a_forge_without_a_secret_is_refused_with_the_name_of_the_setting(sqlite_url: str) -> None:
    from bot.app import create_app
    from bot.settings import Settings

    client = create_app(Settings(database_url=sqlite_url)).test_client()
    answer = client.post("/webhooks/gitlab", data="{}")
    assert answer.status_code == 503
    assert "WEIGHBRIDGE_GITLAB_WEBHOOK_SECRET" in answer.json["reason"]
