"""Writing through the GitHub side: who may, what is refused, what it does."""

from __future__ import annotations

from typing import Any

import pytest


def test_an_unknown_token_is_a_401(stage: Any) -> None:
    stage.bot.token = "no-such-token"
    answer = stage.bot.get("/user")
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


def test_a_private_repository_looks_absent_to_strangers(stage: Any) -> None:
    stage.repository.private = True
    assert stage.stranger.get(f"{stage.path}/pulls/1").status_code == 404
    stage.stranger.token = None
    assert stage.stranger.get(stage.path).status_code == 404
    assert stage.bot.get(f"{stage.path}/pulls/1").status_code == 200


def test_nobody_comments_without_a_token(stage: Any) -> None:
    stage.bot.token = None
    answer = stage.bot.post(f"{stage.path}/issues/1/comments", json={"body": "Hello"})
    assert (answer.status_code, answer.json()["message"]) == (401, "Requires authentication")


def test_a_comment_is_edited_in_place_by_its_author(stage: Any) -> None:
    comment = stage.bot.post(f"{stage.path}/issues/1/comments", json={"body": "First"}).json()
    changed = stage.bot.patch(f"{stage.path}/issues/comments/{comment['id']}", json={"body": "Second"})
    assert changed.json()["body"] == "Second"
    assert [note.body for note in stage.world.conversation.comments(stage.pull)] == ["Second"]


def test_a_strangers_hands_are_kept_off_the_comments_of_others(stage: Any) -> None:
    comment = stage.bot.post(f"{stage.path}/issues/1/comments", json={"body": "Mine"}).json()
    address = f"{stage.path}/issues/comments/{comment['id']}"
    assert stage.stranger.patch(address, json={"body": "Yours"}).status_code == 403
    assert stage.stranger.call("DELETE", address).status_code == 403
    assert stage.bot.call("DELETE", address).status_code == 204
    assert stage.bot.get(address).status_code == 404


@pytest.mark.parametrize("body", ["", "   ", None, 5])
def test_a_comment_without_text_is_a_422(stage: Any, body: object) -> None:
    answer = stage.bot.post(f"{stage.path}/issues/1/comments", json={"body": body})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body"


def test_a_comment_over_the_limit_is_a_422_that_names_it(stage: Any) -> None:
    stage.world.limits.github.body_characters = 100
    answer = stage.bot.post(f"{stage.path}/issues/1/comments", json={"body": "ü" * 101})
    assert answer.status_code == 422
    assert "maximum is 100 characters" in answer.json()["errors"][0]["message"]
    assert stage.bot.post(f"{stage.path}/issues/1/comments", json={"body": "ü" * 100}).status_code == 201


def test_broken_json_is_a_400(stage: Any) -> None:
    answer = stage.bot.post(f"{stage.path}/issues/1/comments", data=b"{")
    assert (answer.status_code, answer.json()["message"]) == (400, "Problems parsing JSON")


def test_a_status_needs_the_right_to_push(stage: Any) -> None:
    address = f"{stage.path}/statuses/{stage.pull.head}"
    status = {"state": "success", "context": "weighbridge"}
    assert stage.stranger.post(address, json=status).status_code == 403
    assert stage.bot.post(address, json=status).status_code == 201


def test_a_newer_status_of_a_context_replaces_the_older(stage: Any) -> None:
    address = f"{stage.path}/statuses/{stage.pull.head}"
    for state in ("pending", "failure", "success"):
        stage.bot.post(address, json={"state": state, "context": "weighbridge"})
    combined = stage.bot.get(f"{stage.path}/commits/{stage.pull.head}/status").json()
    assert [row["state"] for row in combined["statuses"]] == ["success"]
    assert combined["state"] == "success"
    assert len(stage.bot.get(f"{stage.path}/commits/{stage.pull.head}/statuses").json()) == 3


@pytest.mark.parametrize(
    ("status", "field"), [({"state": "fine"}, "state"), ({"state": "success", "description": "x" * 141}, "description")]
)
def test_a_wrong_status_is_a_422(stage: Any, status: dict[str, str], field: str) -> None:
    answer = stage.bot.post(f"{stage.path}/statuses/{stage.pull.head}", json=status)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_the_number_of_statuses_for_a_commit_is_limited(stage: Any) -> None:
    stage.world.limits.github.statuses = 1
    address = f"{stage.path}/statuses/{stage.pull.head}"
    answers = [stage.bot.post(address, json={"state": "success"}).status_code for _ in range(2)]
    assert answers == [201, 422]


def test_a_comment_on_a_file_that_is_not_changed_is_a_422(stage: Any) -> None:
    place = {"commit_id": stage.pull.head, "path": "untouched.txt", "subject_type": "file", "body": "Hm"}
    assert stage.bot.post(f"{stage.path}/pulls/1/comments", json=place).status_code == 422


def test_a_reply_joins_the_discussion_it_answers(stage: Any) -> None:
    place = {"commit_id": stage.pull.head, "path": "models/tiny.bin", "subject_type": "file", "body": "Which licence?"}
    first = stage.bot.post(f"{stage.path}/pulls/1/comments", json=place).json()
    reply = stage.alice.post(f"{stage.path}/pulls/1/comments/{first['id']}/replies", json={"body": "MIT"}).json()
    assert reply["in_reply_to_id"] == first["id"]
    notes = stage.world.conversation.file_comments(stage.pull)
    assert len({note.discussion_id for note in notes}) == 1


def test_a_second_like_reaction_is_the_first_one(stage: Any) -> None:
    comment = stage.bot.post(f"{stage.path}/issues/1/comments", json={"body": "Hello"}).json()
    address = f"{stage.path}/issues/comments/{comment['id']}/reactions"
    first, second = (stage.bot.post(address, json={"content": "eyes"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert stage.bot.call("DELETE", f"{address}/{first.json()['id']}").status_code == 204
    assert stage.bot.get(address).json() == []


def test_nobody_approves_their_own_pull_request(stage: Any) -> None:
    address = f"{stage.path}/pulls/1/reviews"
    assert stage.alice.post(address, json={"event": "APPROVE"}).status_code == 422
    assert stage.bot.post(address, json={"event": "APPROVE"}).json()["state"] == "APPROVED"


@pytest.mark.parametrize(
    ("role", "permission"),
    [("read", "read"), ("triage", "read"), ("write", "write"), ("maintain", "write"), ("admin", "admin")],
)
def test_the_old_word_for_a_permission_is_coarser_than_the_role(stage: Any, role: str, permission: str) -> None:
    stage.world.grant(stage.repository, "stranger", role)
    answer = stage.bot.get(f"{stage.path}/collaborators/stranger/permission").json()
    assert (answer["role_name"], answer["permission"]) == (role, permission)


def test_a_person_cannot_create_check_runs(stage: Any) -> None:
    run = {"name": "weighbridge", "head_sha": stage.pull.head}
    answer = stage.bot.post(f"{stage.path}/check-runs", json=run)
    assert (answer.status_code, answer.json()["message"]) == (403, "You must authenticate via a GitHub App.")


def test_an_app_creates_and_completes_a_check_run(stage: Any, app_client: Any) -> None:
    run = {"name": "weighbridge", "head_sha": stage.pull.head, "status": "in_progress"}
    made = app_client.post(f"{stage.path}/check-runs", json=run).json()
    assert made["pull_requests"] == []  # a fork's pull request is not named
    output = {"title": "Clear", "summary": "No weights."}
    done = app_client.patch(
        f"{stage.path}/check-runs/{made['id']}", json={"conclusion": "success", "output": output}
    ).json()
    assert (done["status"], done["conclusion"]) == ("completed", "success")
    assert done["completed_at"] is not None


def test_annotations_are_added_fifty_at_a_time(stage: Any, app_client: Any) -> None:
    note = {"path": "README.md", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
    output = {"title": "t", "summary": "s", "annotations": [note] * 50}
    made = app_client.post(
        f"{stage.path}/check-runs", json={"name": "weighbridge", "head_sha": stage.pull.head, "output": output}
    ).json()
    address = f"{stage.path}/check-runs/{made['id']}"
    assert app_client.patch(address, json={"output": output}).json()["output"]["annotations_count"] == 100
    output["annotations"] = [note] * 51
    assert app_client.patch(address, json={"output": output}).status_code == 422


def test_an_app_may_do_what_its_installation_grants_and_no_more(stage: Any, app_client: Any) -> None:
    assert app_client.post(f"{stage.path}/issues/1/comments", json={"body": "Hello"}).status_code == 201
    answer = app_client.post(f"{stage.path}/statuses/{stage.pull.head}", json={"state": "success"})
    assert (answer.status_code, answer.json()["message"]) == (403, "Resource not accessible by integration")
    assert app_client.get("/user").status_code == 403


def test_an_installation_token_can_be_asked_for_less_but_not_for_more(stage: Any, installed_app: Any) -> None:
    client = type(stage.bot)(stage.sandbox.github_api_url, installed_app.jwt())
    address = f"/app/installations/{installed_app.installation.id}/access_tokens"
    less = client.post(address, json={"permissions": {"contents": "read"}}).json()
    assert less["permissions"] == {"metadata": "read", "contents": "read"}
    assert client.post(address, json={"permissions": {"contents": "write"}}).status_code == 422
    assert client.post(address, json={"repositories": ["elsewhere"]}).status_code == 422


def test_an_installation_token_expires(stage: Any, installed_app: Any) -> None:
    stage.world.limits.github.installation_token_seconds = 0
    client = type(stage.bot)(stage.sandbox.github_api_url, installed_app.jwt())
    token = client.post(f"/app/installations/{installed_app.installation.id}/access_tokens").json()["token"]
    client.token = token
    assert client.get(stage.path).status_code == 401


def test_a_jwt_of_another_key_or_too_long_a_life_is_refused(stage: Any, installed_app: Any) -> None:
    client = type(stage.bot)(stage.sandbox.github_api_url, installed_app.jwt(seconds=3600))
    assert client.get("/app").status_code == 401
    client.token = installed_app.jwt(seconds=-60)
    assert client.get("/app").status_code == 401
    header, claims, signature = installed_app.jwt().split(".")
    client.token = f"{header}.{claims}.{signature[:-4]}AAAA"
    assert client.get("/app").status_code == 401
    client.token = "not-a-jwt"
    assert client.get("/app").status_code == 401


def test_a_pull_request_can_be_retargeted_and_closed_by_api(stage: Any) -> None:
    stage.world.commit(stage.repository, "stable", {"stable.txt": b"\n"}, "Branch off")
    address = f"{stage.path}/pulls/1"
    assert stage.stranger.patch(address, json={"state": "closed"}).status_code == 403
    assert stage.alice.patch(address, json={"base": "stable"}).json()["base"]["ref"] == "stable"
    assert stage.alice.patch(address, json={"state": "closed"}).json()["state"] == "closed"
    assert stage.alice.patch(address, json={"base": "nowhere"}).status_code == 422
