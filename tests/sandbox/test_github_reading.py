"""Reading through the GitHub side: pages, limits, trees, blobs, contents."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from bot.sandbox.git import GitFile


def test_every_page_of_a_pull_requests_files_is_linked_to_the_next(stage: Any) -> None:
    stage.world.push(stage.pull, {f"many/{number:03}.txt": b"%d\n" % number for number in range(120)})
    names: list[str] = []
    address: str | None = f"{stage.path}/pulls/1/files?per_page=100"
    while address:
        answer = stage.bot.get(address)
        names += [row["filename"] for row in answer.json()]
        address = answer.links.get("next", {}).get("url")
    assert len(names) == len(set(names)) == 125
    assert stage.bot.get(f"{stage.path}/pulls/1").json()["changed_files"] == 125


def test_a_page_has_thirty_entries_unless_more_are_asked_for_and_never_over_a_hundred(stage: Any) -> None:
    stage.world.push(stage.pull, {f"many/{number:03}.txt": b"%d\n" % number for number in range(120)})
    assert len(stage.bot.get(f"{stage.path}/pulls/1/files").json()) == 30
    assert len(stage.bot.get(f"{stage.path}/pulls/1/files?per_page=500").json()) == 100


def test_files_beyond_the_documented_cap_are_counted_but_not_listed(stage: Any) -> None:
    stage.world.limits.github.files = 3
    assert len(stage.bot.get(f"{stage.path}/pulls/1/files?per_page=100").json()) == 3
    assert stage.bot.get(f"{stage.path}/pulls/1").json()["changed_files"] == 5


def test_a_binary_file_has_no_patch_and_a_renamed_one_names_its_old_path(stage: Any) -> None:
    files = {row["filename"]: row for row in stage.bot.get(f"{stage.path}/pulls/1/files").json()}
    assert "patch" not in files["models/tiny.bin"]
    assert files["new/name.txt"]["previous_filename"] == "old/name.txt"
    assert files["README.md"]["patch"].endswith("+\n+Now with a model.")
    assert (files["README.md"]["additions"], files["README.md"]["deletions"]) == (2, 0)
    # A removed file carries the id of what was removed.
    assert files["gone.txt"]["sha"] == stage.repository.git.entry("main", "gone.txt").oid


def test_a_file_that_becomes_a_symlink_is_one_changed_file(stage: Any) -> None:
    stage.world.push(stage.pull, {"README.md": GitFile(b"new/name.txt", "120000")})
    files = {row["filename"]: row for row in stage.bot.get(f"{stage.path}/pulls/1/files").json()}
    assert files["README.md"]["status"] == "changed"
    assert files["models/tiny.bin"]["status"] == "added"


def test_a_path_that_git_would_quote_arrives_unharmed(stage: Any) -> None:
    name = 'odd/tab\there "quoted" ü.bin'
    stage.world.push(stage.pull, {name: b"\0\1\2"})
    assert name in [row["filename"] for row in stage.bot.get(f"{stage.path}/pulls/1/files").json()]


def test_a_tree_tells_sizes_and_modes_and_when_it_is_cut(stage: Any) -> None:
    address = f"{stage.path}/git/trees/{stage.pull.head}?recursive=1"
    rows = {row["path"]: row for row in stage.bot.get(address).json()["tree"]}
    assert rows["models/tiny.bin"]["size"] == 16384
    assert rows["models/latest"]["mode"] == "120000"
    assert rows["models"]["type"] == "tree"
    assert "size" not in rows["models"]
    stage.world.limits.github.tree_entries = 2
    cut = stage.bot.get(address, headers={"Cache-Control": "no-cache"}).json()
    assert cut["truncated"]
    assert len(cut["tree"]) == 2


def test_a_tree_can_be_asked_for_by_commit_and_directory(stage: Any) -> None:
    rows = stage.bot.get(f"{stage.path}/git/trees/{stage.pull.head}%3Amodels").json()["tree"]
    assert [row["path"] for row in rows] == ["latest", "tiny.bin"]
    assert stage.bot.get(f"{stage.path}/git/trees/{stage.pull.head}%3Anone").status_code == 404
    assert stage.bot.get(f"{stage.path}/git/trees/--help").status_code == 404


def test_a_blob_of_a_fork_is_read_through_the_target_repository(stage: Any) -> None:
    oid = stage.fork.git.entry("add-model", "models/tiny.bin").oid
    answer = stage.bot.get(f"{stage.path}/git/blobs/{oid}").json()
    assert base64.b64decode(answer["content"]) == bytes(range(256)) * 64


@pytest.mark.parametrize("honoured", [True, False])
def test_a_raw_blob_answers_a_range_with_the_part_or_with_everything(stage: Any, honoured: bool) -> None:
    stage.world.limits.github.blob_range = honoured
    oid = stage.repository.git.entry(stage.pull.head, "models/tiny.bin").oid
    headers = {"Accept": "application/vnd.github.raw+json", "Range": "bytes=10-19"}
    answer = stage.bot.get(f"{stage.path}/git/blobs/{oid}", headers=headers)
    whole = bytes(range(256)) * 64
    if honoured:
        assert (answer.status_code, answer.content) == (206, whole[10:20])
        assert answer.headers["Content-Range"] == "bytes 10-19/16384"
    else:
        assert (answer.status_code, answer.content) == (200, whole)


def test_a_reader_may_leave_a_large_blob_after_its_head(stage: Any) -> None:
    stage.world.push(stage.pull, {"models/large.bin": b"head" + b"\0" * 8_000_000})
    oid = stage.repository.git.entry(stage.pull.head, "models/large.bin").oid
    address = f"{stage.path}/git/blobs/{oid}"
    answer = stage.bot.get(address, headers={"Accept": "application/vnd.github.raw"}, stream=True)
    assert next(answer.iter_content(4)) == b"head"
    answer.close()
    assert stage.bot.get(stage.path).status_code == 200


def test_a_blob_over_the_limit_is_refused(stage: Any) -> None:
    stage.world.limits.github.blob_bytes = 1000
    oid = stage.repository.git.entry(stage.pull.head, "models/tiny.bin").oid
    answer = stage.bot.get(f"{stage.path}/git/blobs/{oid}")
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == "too_large"


def test_contents_come_as_json_as_raw_bytes_and_without_content_when_large(stage: Any) -> None:
    address = f"{stage.path}/contents/models/tiny.bin?ref={stage.pull.head}"
    whole = bytes(range(256)) * 64
    assert base64.b64decode(stage.bot.get(address).json()["content"]) == whole
    assert stage.bot.get(address, headers={"Accept": "application/vnd.github.raw+json"}).content == whole
    stage.world.limits.github.contents_json_bytes = 100
    large = stage.bot.get(address).json()
    assert (large["content"], large["encoding"], large["size"]) == ("", "none", 16384)


def test_contents_of_a_symlink_are_those_of_the_file_it_points_to(stage: Any) -> None:
    answer = stage.bot.get(f"{stage.path}/contents/models/latest?ref={stage.pull.head}").json()
    assert answer["type"] == "file"
    assert answer["path"] == "models/tiny.bin"


def test_a_directory_lists_its_entries(stage: Any) -> None:
    rows = stage.bot.get(f"{stage.path}/contents/models?ref={stage.pull.head}").json()
    assert [(row["name"], row["type"]) for row in rows] == [("latest", "symlink"), ("tiny.bin", "file")]


@pytest.mark.parametrize("tail", ["/contents/none.txt", "/pulls/99", "/git/blobs/zz", "/git/trees/none", "/nothing"])
def test_what_is_not_there_is_a_404_in_githubs_words(stage: Any, tail: str) -> None:
    answer = stage.bot.get(stage.path + tail)
    assert answer.status_code == 404
    assert set(answer.json()) == {"message", "documentation_url", "status"}


def test_an_unchanged_answer_costs_nothing(stage: Any) -> None:
    first = stage.bot.get(f"{stage.path}/pulls/1")
    again = stage.bot.get(f"{stage.path}/pulls/1", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["X-RateLimit-Remaining"] == first.headers["X-RateLimit-Remaining"]


def test_when_the_hour_is_used_up_everything_is_refused(stage: Any) -> None:
    stage.world.limits.github.requests_per_hour = 2
    assert [stage.bot.get(stage.path).status_code for _ in range(3)] == [200, 200, 403]
    refused = stage.bot.get(stage.path)
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert "rate limit" in refused.json()["message"]


def test_a_deleted_fork_leaves_its_pull_request_without_a_head_repository(stage: Any) -> None:
    stage.world.delete_repository(stage.fork)
    pull = stage.bot.get(f"{stage.path}/pulls/1").json()
    assert pull["head"]["repo"] is None
    assert pull["head"]["sha"] == stage.pull.head
    assert stage.bot.get(f"{stage.path}/pulls/1/files").status_code == 200


def test_pull_requests_are_listed_by_state(stage: Any) -> None:
    second = stage.world.open_merge_request(stage.repository, "add-model", author="alice", from_fork=stage.fork)
    stage.world.close(second)
    numbers = {
        state: [row["number"] for row in stage.bot.get(f"{stage.path}/pulls?state={state}").json()]
        for state in ("open", "closed", "all")
    }
    assert numbers == {"open": [1], "closed": [2], "all": [2, 1]}
