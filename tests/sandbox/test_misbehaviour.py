"""The sandbox misbehaves on order, and remembers every request."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import requests


def test_a_rate_limit_names_the_wait_and_passes(stage: Any) -> None:
    stage.sandbox.misbehave("429", "*/issues/*/comments", method="POST", seconds=7)
    refused = stage.bot.post(f"{stage.path}/issues/1/comments", json={"body": "Hello"})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    assert stage.bot.post(f"{stage.path}/issues/1/comments", json={"body": "Hello"}).status_code == 201


def test_a_secondary_limit_is_a_403_in_githubs_words(stage: Any) -> None:
    stage.sandbox.misbehave("secondary-limit")
    refused = stage.bot.get(stage.path)
    assert refused.status_code == 403
    assert "secondary rate limit" in refused.json()["message"]
    stage.sandbox.misbehave("secondary-limit", seconds=None)
    assert "Retry-After" not in stage.bot.get(stage.path).headers


def test_a_primary_limit_tells_when_it_ends(stage: Any) -> None:
    stage.sandbox.misbehave("primary-limit", seconds=60)
    refused = stage.bot.get(stage.path)
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert 0 < int(refused.headers["X-RateLimit-Reset"]) - time.time() <= 61


def test_an_error_of_a_proxy_is_no_json(stage: Any) -> None:
    stage.sandbox.misbehave("500", times=None)
    for _ in range(3):
        refused = stage.bot.get(stage.path)
        assert (refused.status_code, refused.headers["Content-Type"]) == (500, "text/html")
    stage.world.misbehaviour.clear()
    assert stage.bot.get(stage.path).status_code == 200


def test_a_dropped_connection_gives_no_answer_and_does_nothing(stage: Any) -> None:
    stage.sandbox.misbehave("dropped", "*/comments")
    with pytest.raises(requests.ConnectionError):
        stage.bot.post(f"{stage.path}/issues/1/comments", json={"body": "Hello"})
    assert stage.world.conversation.comments(stage.pull) == []


def test_a_connection_dropped_late_has_done_its_work_unseen(stage: Any) -> None:
    stage.sandbox.misbehave("dropped-after", "*/comments")
    with pytest.raises(requests.ConnectionError):
        stage.bot.post(f"{stage.path}/issues/1/comments", json={"body": "Hello"})
    assert [note.body for note in stage.world.conversation.comments(stage.pull)] == ["Hello"]


def test_a_slow_answer_does_not_hold_up_others_and_can_be_let_go(stage: Any) -> None:
    rule = stage.sandbox.misbehave("slow", "*/pulls/1", seconds=60)
    answers: list[int] = []
    waiting = threading.Thread(target=lambda: answers.append(stage.bot.get(f"{stage.path}/pulls/1").status_code))
    waiting.start()
    while not rule.hits:
        assert stage.bot.get(stage.path).status_code == 200
    assert answers == []
    stage.world.misbehaviour.clear()
    waiting.join()
    assert answers == [200]


def test_a_rule_can_let_some_requests_through_first(stage: Any) -> None:
    stage.sandbox.misbehave("500", "*/pulls/1", after=2)
    assert [stage.bot.get(f"{stage.path}/pulls/1").status_code for _ in range(4)] == [200, 200, 500, 200]


def test_requests_are_counted_for_call_budgets(stage: Any) -> None:
    stage.world.misbehaviour.forget_requests()
    stage.bot.get(f"{stage.path}/pulls/1")
    stage.bot.get(f"{stage.path}/pulls/1/files?page=2")
    stage.bot.post(f"{stage.path}/issues/1/comments", json={"body": "Hello"})
    log = stage.world.misbehaviour
    assert (log.count(), log.count("*/pulls/*"), log.count(method="POST")) == (3, 2, 1)
    assert log.requests[1].query == "page=2"
    assert [request.status for request in log.requests] == [200, 200, 201]
