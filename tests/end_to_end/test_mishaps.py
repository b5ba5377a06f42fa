"""What goes wrong in real life leaves exactly one summary comment and loses nothing."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from bot.sandbox import weights
from bot.store.records import DeliveryState

each_forge = pytest.mark.parametrize("forge", ["github", "gitlab"])
chaos = pytest.mark.chaos
once = pytest.mark.parametrize("forge", ["github", pytest.param("gitlab", marks=chaos)])
"""Stories of processes: the forge plays a small part in them, so one is enough for every day."""
READ = {"github": "*/git/blobs/*", "gitlab": "*/repository/blobs/*"}
"""Where the bytes of what is proposed are asked for."""


@once
def test_a_repeated_delivery_runs_once(running: Any, forge: str) -> None:
    merge_request = running.propose(running.repository(forge), {"m/chat.gguf": weights.llama_gguf()})
    running.wait()
    [delivery] = [one for one in running.hooks() if one.event in {"pull_request", "Merge Request Hook"}]
    writes = running.world.misbehaviour.count("*", "POST")
    for _ in range(3):
        running.world.webhooks.redeliver(delivery).wait()
    running.wait()
    assert running.world.misbehaviour.count("*", "POST") == writes
    assert len(running.summaries(merge_request)) == 1
    assert len([row for _, row in running.store.deliveries() if row.state is DeliveryState.DONE]) == 1


@once
def test_a_worker_killed_in_mid_review_is_made_up_for_by_its_successor(line: Any, forge: str) -> None:
    line.start_receiver()
    worker = line.start_worker()
    repository = line.repository(forge)
    rule = line.sandbox.misbehave("slow", READ[forge], seconds=60)
    merge_request = line.propose(repository, {"m/chat.gguf": weights.llama_gguf()})
    line.until(lambda: rule.hits, "the review is reading the weights")
    line.kill(worker)
    line.world.misbehaviour.clear()
    assert line.summaries(merge_request) == []
    line.start_worker()
    line.wait()
    assert len(line.summaries(merge_request)) == 1
    assert line.status(merge_request).state in {"failure", "failed"}


@chaos
@each_forge
def test_a_worker_killed_after_the_comment_and_before_the_status_posts_no_second_one(line: Any, forge: str) -> None:
    line.start_receiver()
    worker = line.start_worker()
    rule = line.sandbox.misbehave("slow", "*/statuses/*", seconds=60, method="POST")
    merge_request = line.propose(line.repository(forge), {"m/chat.gguf": weights.llama_gguf()})
    line.until(lambda: rule.hits, "the status is being set")
    line.kill(worker)
    line.world.misbehaviour.clear()
    assert len(line.summaries(merge_request)) == 1
    line.start_worker()
    line.wait()
    assert len(line.summaries(merge_request)) == 1
    assert line.status(merge_request).state in {"failure", "failed"}


@once
def test_a_push_during_the_review_makes_the_older_result_void(line: Any, forge: str) -> None:
    line.start_receiver()
    line.start_worker()
    repository = line.repository(forge)
    rule = line.sandbox.misbehave("slow", READ[forge], seconds=60, times=1)
    merge_request = line.propose(repository, {"m/chat.gguf": weights.llama_gguf()})
    line.until(lambda: rule.hits, "the first review is reading the weights")
    first_head = merge_request.head
    line.world.commit(repository, "voice", {"m/chat.gguf": None, "n.txt": b"none\n"}, "Remove", "ada")
    line.world.webhooks.wait_all()
    line.world.misbehaviour.clear()
    line.wait()
    [summary] = line.summaries(merge_request)
    assert "stay in the history" in summary.body
    assert "Blocks" not in summary.body
    assert line.status(merge_request).state == "success"
    older = line.world.verdicts.newest_statuses(repository, first_head)
    assert all(status.state not in {"failure", "failed"} for status in older)


@chaos
def test_everything_that_came_while_no_worker_ran_is_done_after_a_restart(line: Any) -> None:
    receiver = line.start_receiver()
    repository = line.repository()
    requests_ = [line.propose(repository, {f"m{n}.gguf": weights.llama_gguf()}, f"branch-{n}") for n in range(4)]
    line.world.webhooks.wait_all()
    line.kill(receiver)
    line.start("serve")
    line.wait()
    assert [len(line.summaries(one)) for one in requests_] == [1, 1, 1, 1]


@chaos
def test_thirty_deliveries_under_five_kills_lose_none(line: Any) -> None:
    line.start_receiver()
    repository = line.repository()
    worker = line.start_worker()
    merge_requests = []
    for number in range(30):
        merge_requests.append(line.propose(repository, {f"m{number}.gguf": weights.llama_gguf()}, f"branch-{number}"))
        if number % 6 == 5:
            done = len([row for _, row in line.store.deliveries(100) if row.state is DeliveryState.DONE])
            line.until(
                lambda done=done: (
                    len([r for _, r in line.store.deliveries(100) if r.state is DeliveryState.DONE]) > done
                ),
                "the worker gets on",
            )
            line.kill(worker)
            worker = line.start_worker()
    line.wait()
    assert [len(line.summaries(one)) for one in merge_requests] == [1] * 30
    assert {line.status(one).state for one in merge_requests} == {"failure"}


@chaos
@pytest.mark.postgres
def test_two_workers_on_postgres_review_each_merge_request_once_although_one_is_killed(on_postgres: Any) -> None:
    line = on_postgres
    line.store.migrate()
    line.start_receiver()
    first = line.start_worker("worker-1")
    line.start_worker("worker-2")
    repository = line.repository()
    merge_requests = [line.propose(repository, {f"m{n}.gguf": weights.llama_gguf()}, f"branch-{n}") for n in range(8)]
    line.until(lambda: any(row.state is DeliveryState.DONE for _, row in line.store.deliveries()), "work begins")
    line.kill(first)
    line.start_worker("worker-1")
    line.wait()
    assert [len(line.summaries(one)) for one in merge_requests] == [1] * 8
    assert {line.status(one).state for one in merge_requests} == {"failure"}


@once
def test_a_forge_that_stays_broken_gets_a_neutral_status_and_never_a_red_one(running: Any, forge: str) -> None:
    repository = running.repository(forge)
    running.sandbox.misbehave("500", READ[forge], times=100)
    merge_request = running.propose(repository, {"m/chat.gguf": weights.llama_gguf()})
    running.wait()
    assert running.summaries(merge_request) == []
    status = running.status(merge_request)
    assert status.state in {"pending", "canceled", "skipped"}
    assert "could not" in status.description.lower()
    assert any(row.state is DeliveryState.FAILED for _, row in running.store.deliveries())


@once
def test_a_limit_is_waited_out(running: Any, forge: str) -> None:
    repository = running.repository(forge)
    running.sandbox.misbehave("429", READ[forge], times=1, seconds=1)
    merge_request = running.propose(repository, {"m/chat.gguf": weights.llama_gguf()})
    running.wait()
    assert len(running.summaries(merge_request)) == 1


@chaos
def test_a_tampered_body_is_refused_by_the_real_receiver(line: Any) -> None:
    line.start_receiver()
    answer = requests.post(
        f"{line.url}/webhooks/github",
        data=b"{}",
        headers={"X-GitHub-Event": "pull_request", "X-Hub-Signature-256": "sha256=" + "0" * 64},
        timeout=10,
    )
    assert answer.status_code == 401
    assert line.store.deliveries() == []


@chaos
def test_a_truncated_body_is_no_delivery(line: Any) -> None:
    line.start_receiver()
    import socket

    with socket.create_connection(("127.0.0.1", line.port), timeout=10) as connection:
        head = "POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
        connection.sendall(f"{head}X-Hub-Signature-256: sha256={'0' * 64}\r\n\r\n{{".encode())
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(1000)
    assert answer == b"" or b" 400 " in answer.split(b"\r\n")[0] or b" 401 " in answer.split(b"\r\n")[0]
    assert line.store.deliveries() == []
    assert line.get("/healthz") == 200
