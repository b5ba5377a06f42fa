"""Commit statuses and pages of lists, as GitLab's API has them."""

from __future__ import annotations

import pytest

from bot.sandbox.server import Sandbox
from tests.sandbox.gitlab_stage import GitLabStage, build


@pytest.fixture
def stage(sandbox: Sandbox) -> GitLabStage:
    return build(sandbox)


def post(stage: GitLabStage, state: str, login: str = "bot", **more: str) -> tuple[int, dict[str, str]]:
    head = more.pop("sha", stage.merge_request.head)
    values = {"state": state, "name": "weighbridge", "ref": "refs/merge-requests/1/head", **more}
    answer = stage.call("POST", f"statuses/{head}", login, json={k: v for k, v in values.items() if v})
    return answer.status_code, answer.json()


def states(stage: GitLabStage, query: str = "") -> list[str]:
    rows = stage.get(f"repository/commits/{stage.merge_request.head}/statuses{query}")
    return [row["status"] for row in rows]


@pytest.mark.parametrize("state", ["pending", "running", "success", "failed", "canceled", "skipped"])
def test_every_documented_state_is_taken_at_once(stage: GitLabStage, state: str) -> None:
    code, row = post(stage, state)
    assert (code, row["status"]) == (201, state)
    assert states(stage) == [state]


def test_an_unknown_state_is_refused(stage: GitLabStage) -> None:
    assert post(stage, "neutral") == (400, {"error": "state does not have a valid value"})
    assert post(stage, "") == (400, {"error": "state is missing"})


def test_the_same_unfinished_state_twice_is_no_transition(stage: GitLabStage) -> None:
    post(stage, "pending")
    code, body = post(stage, "pending")
    assert code == 400
    assert body["message"].startswith("Cannot transition status via :enqueue from :pending")
    post(stage, "running")
    assert "via :run from :running" in post(stage, "running")[1]["message"]
    assert "via :enqueue from :running" in post(stage, "pending")[1]["message"]


def test_a_status_moves_on_and_a_finished_one_gets_a_successor(stage: GitLabStage) -> None:
    ids = [post(stage, state)[1]["id"] for state in ("pending", "running", "failed", "pending", "success", "success")]
    assert ids[0] == ids[1] == ids[2] != ids[3] == ids[4] != ids[5]
    assert states(stage) == ["success"]
    assert states(stage, "?all=true") == ["failed", "success", "success"]
    assert states(stage, "?name=other") == []


def test_a_commit_of_a_fork_needs_a_ref(stage: GitLabStage) -> None:
    assert post(stage, "success", ref="") == (404, {"message": "404 References for commit Not Found"})
    assert post(stage, "success")[0] == 201
    main = stage.project.git.resolve("main") or ""
    assert post(stage, "success", ref="", sha=main)[1]["ref"] == "main"
    assert post(stage, "success", sha="1" * 40) == (404, {"message": "404 Commit Not Found"})


def test_who_may_not_push_sets_no_status(stage: GitLabStage) -> None:
    assert post(stage, "success", "stranger") == (403, {"message": "403 Forbidden"})


def test_texts_have_a_limit(stage: GitLabStage) -> None:
    code, body = post(stage, "success", target_url="https://example.org/" + "x" * 255)
    assert (code, "target_url" in body["message"]) == (400, True)


def test_pages_tell_where_they_are(stage: GitLabStage) -> None:
    for number in range(5):
        stage.world.comment(stage.merge_request, f"note {number}", "alice")
    answer = stage.call("GET", "merge_requests/1/notes?per_page=2&page=2&sort=asc")
    assert [note["body"] for note in answer.json()] == ["note 2", "note 3"]
    assert [answer.headers[f"X-{name}"] for name in ("Page", "Per-Page", "Prev-Page", "Next-Page")] == list("2213")
    assert (answer.headers["X-Total"], answer.headers["X-Total-Pages"]) == ("5", "3")
    assert set(answer.links) == {"prev", "next", "first", "last"}
    last = stage.call("GET", "merge_requests/1/notes?per_page=2&page=3")
    assert (last.headers["X-Next-Page"], "next" in last.links) == ("", False)


def test_a_merge_request_that_is_too_large_is_cut_and_says_so(stage: GitLabStage) -> None:
    limits = stage.world.limits.gitlab
    limits.files, limits.patch_bytes = 4, 20
    assert stage.get("merge_requests/1")["changes_count"] == "4+"
    assert stage.get("merge_requests/1/versions")[0]["real_size"] == "4+"
    rows = {row["new_path"]: row for row in stage.get("merge_requests/1/diffs")}
    assert len(rows) == 4
    assert (rows["README.md"]["too_large"], rows["README.md"]["diff"]) == (True, "")
    limits.patch_bytes, limits.diff_lines = 1000, 1
    rows = {row["new_path"]: row for row in stage.get("merge_requests/1/diffs")}
    assert (rows["README.md"]["collapsed"], rows["README.md"]["too_large"]) == (True, False)


def test_ranges_are_served_only_where_told(stage: GitLabStage) -> None:
    path = f"repository/files/models%2Ftiny.bin/raw?ref={stage.merge_request.head}"
    headers = {"PRIVATE-TOKEN": stage.tokens["bot"], "Range": "bytes=5-6"}
    assert stage.call("GET", path, headers=headers).status_code == 200
    stage.world.limits.gitlab.blob_range = True
    answer = stage.call("GET", path, headers=headers)
    assert (answer.status_code, answer.content) == (206, b"\5\6")
