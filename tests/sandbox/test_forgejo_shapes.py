"""The fake is checked: answers and payloads against Forgejo's published description, in both directions."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator

from bot.sandbox.server import Sandbox
from bot.sandbox.webhooks import Delivery
from tests.sandbox.conftest import DATA, Receiver
from tests.sandbox.forgejo_stage import ODD, ForgejoStage, build

LEFT_OUT = {"previous_filename", "errors", "external_tracker", "external_wiki", "last_commit_when"}
"""What Forgejo leaves out where it is empty, or tells in its newest version only."""


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    text = gzip.decompress((DATA / "forgejo-python-0.1.0.json.gz").read_bytes())
    schema: dict[str, Any] = json.loads(text)["$defs"]
    return schema


@pytest.fixture
def stage(sandbox: Sandbox) -> ForgejoStage:
    return build(sandbox)


@pytest.fixture
def check(published: dict[str, Any]) -> Callable[[str, Any], Any]:
    """Fails where a value is not of a definition, tells more, or lacks what Forgejo always writes."""

    def checked(definition: str, value: Any) -> Any:
        validator = Draft202012Validator({"$defs": published, "$ref": f"#/$defs/{definition}"})
        assert [f"{list(error.path)}: {error.message[:200]}" for error in validator.iter_errors(value)] == []
        assert set(published[definition]["properties"]) - set(value) <= LEFT_OUT
        return value

    return checked


def test_accounts_repositories_and_branches(stage: ForgejoStage, check: Any) -> None:
    check("User", stage.get("/user"))
    check("User", stage.get("/users/alice"))
    check("Repository", stage.get("/repos/distro/packages"))
    assert stage.get(f"/repositories/{stage.repository.id}")["full_name"] == "distro/packages"
    fork = check("Repository", stage.get("/repos/alice/packages"))
    assert fork["parent"]["full_name"] == "distro/packages"
    check("Branch", stage.get("branches/main"))
    check("RepoCollaboratorPermission", stage.get("collaborators/alice/permission", "owner"))
    assert stage.get("collaborators/bot/permission")["permission"] == "write"
    assert stage.call("GET", "collaborators/alice/permission").status_code == 403
    stage.world.create_team("distro/science", "alice")
    (team,) = stage.get("/orgs/distro/teams")
    check("Team", team)
    check("User", stage.get(f"/teams/{team['id']}/members/alice"))
    assert stage.call("GET", f"/teams/{team['id']}/members/bot").status_code == 404


def test_pull_requests_files_and_commits(stage: ForgejoStage, check: Any) -> None:
    pull = check("PullRequest", stage.get("pulls/1"))
    assert (pull["changed_files"], pull["head"]["sha"]) == (6, stage.pull.head)
    check("PullRequest", stage.get("pulls")[0])
    files = stage.get("pulls/1/files")
    assert {check("ChangedFile", row)["filename"]: row["status"] for row in files} == {
        "README.md": "changed",
        "gone.txt": "deleted",
        "models/latest": "added",
        "models/tiny.bin": "added",
        "new/name.txt": "renamed",
        ODD: "added",
    }
    check("Commit", stage.get("pulls/1/commits")[0])
    check("Commit", stage.get(f"git/commits/{stage.pull.head}"))
    diff = stage.call("GET", "pulls/1.diff").text
    assert diff.count("diff --git ") == 6
    assert stage.call("GET", f"git/commits/{stage.pull.head}.diff").text == diff
    stage.world.delete_repository(stage.fork)
    orphan = check("PullRequest", stage.get("pulls/1"))
    assert (orphan["head"]["repo"], orphan["head"]["repo_id"], orphan["head"]["ref"]) == (None, -1, "refs/pull/1/head")
    assert stage.call("GET", "pulls/1/files").status_code == 500


def test_git_objects_and_files(stage: ForgejoStage, check: Any) -> None:
    tree = check("GitTreeResponse", stage.get(f"git/trees/{stage.pull.head}?recursive=true"))
    oid = next(row["sha"] for row in tree["tree"] if row["path"] == "models/tiny.bin")
    assert check("GitBlob", stage.get(f"git/blobs/{oid}"))["size"] == 256 * 64
    assert [row["sha"] for row in stage.get(f"git/blobs?shas={oid},{oid}")] == [oid, oid]
    head = f"?ref={stage.pull.head}"
    assert check("ContentsResponse", stage.get(f"contents/README.md{head}"))["type"] == "file"
    assert {row["type"] for row in stage.get(f"contents/models{head}")} == {"file", "dir", "symlink"}
    assert stage.call("GET", f"raw/{quote(ODD)}{head}").content == b"odd\n"
    part = stage.call("GET", f"raw/models/tiny.bin{head}", stream=True)
    assert (part.status_code, part.headers["Content-Length"]) == (200, str(256 * 64))
    assert check("APINotFound", stage.call("GET", "raw/absent").json())["errors"] == []
    assert stage.call("GET", f"git/trees/{'0' * 40}").status_code == 400


def test_a_tree_is_truncated_on_every_page(stage: ForgejoStage) -> None:
    stage.world.limits.forgejo.tree_page = 4
    address = f"git/trees/{stage.pull.head}?recursive=1&per_page=999"
    pages = [stage.get(f"{address}&page={page}") for page in (1, 2, 3)]
    assert [(len(page["tree"]), page["truncated"], page["total_count"]) for page in pages] == [
        (4, True, 8),
        (4, True, 8),
        (0, True, 8),
    ]


def test_the_bytes_behind_a_pointer_come_as_media(stage: ForgejoStage) -> None:
    pointer = stage.world.put_lfs_object(stage.repository, b"GGUF" * 100)
    stage.world.commit(stage.repository, "main", {"far.gguf": pointer}, "Point", "bot")
    assert stage.call("GET", "raw/far.gguf").content == pointer
    assert stage.call("GET", "media/far.gguf").content == b"GGUF" * 100
    assert stage.call("GET", "media/README.md").content == b"# Packages\n"


def test_comments_reactions_and_reviews(stage: ForgejoStage, check: Any) -> None:
    made = stage.call("POST", "issues/1/comments", json={"body": "A word"})
    assert made.status_code == 201
    note = check("Comment", made.json())
    assert [row["body"] for row in stage.get("issues/1/comments", "alice")] == ["A word"]
    one = f"issues/comments/{note['id']}"
    assert stage.call("PATCH", one, "stranger", json={"body": "Mine"}).status_code == 403
    assert stage.call("PATCH", one, json={"body": "Another"}).json()["body"] == "Another"
    assert stage.get(f"{one}/reactions") is None
    assert stage.call("POST", f"{one}/reactions", json={"content": "eyes"}).status_code == 201
    check("Reaction", stage.get(f"{one}/reactions")[0])
    assert stage.call("POST", f"{one}/reactions", json={"content": "cow"}).status_code == 403
    assert stage.call("DELETE", f"{one}/reactions", json={"content": "eyes"}).status_code == 200
    assert stage.call("DELETE", one).status_code == 204
    assert stage.call("PATCH", one, json={"body": "x"}).status_code == 404
    assert stage.call("POST", "pulls/1/reviews", "alice", json={"event": "APPROVED"}).status_code == 422
    review = check("PullReview", stage.call("POST", "pulls/1/reviews", json={"event": "APPROVED"}).json())
    answer = stage.call("POST", f"pulls/1/reviews/{review['id']}/dismissals", "owner", json={"message": "No"})
    assert (answer.json()["state"], answer.json()["dismissed"]) == ("APPROVED", True)
    listed = stage.call("GET", "pulls/1/reviews?limit=1")
    assert (listed.headers["X-Total-Count"], "Link" in listed.headers) == ("1", False)


def test_statuses(stage: ForgejoStage, check: Any) -> None:
    head = stage.pull.head
    assert stage.get(f"commits/{head}/status")["statuses"] is None
    body = {"state": "warning", "context": "weighbridge", "description": "Look", "target_url": "https://example.org"}
    assert stage.call("POST", f"statuses/{head}", "stranger", json=body).status_code == 403
    check("CommitStatus", stage.call("POST", f"statuses/{head}", json=body).json())
    stage.call("POST", f"statuses/{head}", json=body | {"state": "success"})
    stage.call("POST", f"statuses/{head}", json=body | {"state": "error", "context": "ci"})
    combined = check("CombinedStatus", stage.get(f"commits/{head}/status"))
    assert (combined["state"], [row["status"] for row in combined["statuses"]]) == ("failure", ["success", "error"])
    assert [row["status"] for row in stage.get(f"statuses/{head}")] == ["error", "success", "warning"]
    assert stage.call("POST", f"statuses/{head}", json=body | {"state": "neutral"}).status_code == 422


def test_labels_are_made_before_they_are_used(stage: ForgejoStage, check: Any) -> None:
    assert stage.call("POST", "issues/1/labels", json={"labels": ["blocked"]}).json() == []
    made = stage.call("POST", "labels", json={"name": "blocked", "color": "#ededed"})
    label = check("Label", made.json())
    assert (made.status_code, stage.get("labels")) == (201, [label])
    assert stage.call("POST", "issues/1/labels", json={"labels": [label["id"]]}).json() == [label]
    assert check("PullRequest", stage.get("pulls/1"))["labels"] == stage.get("issues/1/labels") == [label]
    assert stage.call("DELETE", f"issues/1/labels/{label['id']}").status_code == 204
    assert stage.call("POST", "labels", "stranger", json={"name": "x", "color": "#ededed"}).status_code == 403


def test_hooks_are_chosen_by_type(stage: ForgejoStage, check: Any) -> None:
    body = {
        "type": "forgejo",
        "active": True,
        "config": {"url": "http://127.0.0.1:9/", "content_type": "json", "secret": "s"},
        "events": ["pull_request_only"],
    }
    assert stage.call("POST", "hooks", json=body).status_code == 403
    made = stage.call("POST", "hooks", "owner", json=body)
    hook = check("Hook", made.json())
    assert (made.status_code, hook["events"], "secret" in hook["config"]) == (201, ["pull_request"], False)
    stage.world.push(stage.pull, {"more.txt": b"more\n"})
    stage.world.close(stage.pull)
    assert [one.kind for one in stage.world.webhooks.deliveries] == ["pull_request"]
    one = f"hooks/{hook['id']}"
    changed = stage.call("PATCH", one, "owner", json={"events": ["pull_request", "push"]}).json()
    assert "pull_request_review_approved" in changed["events"]
    assert stage.call("DELETE", one, "owner").status_code == 204
    assert stage.get("hooks", "owner") == []


def test_an_unknown_token_and_a_token_that_may_only_read(stage: ForgejoStage) -> None:
    stage.tokens["nobody"] = "wrong"
    assert stage.call("GET", "/user", "nobody").status_code == 401
    stage.tokens["reader"] = stage.world.create_token("bot", scopes=frozenset({"read"}))
    assert stage.call("POST", "issues/1/comments", "reader", json={"body": "x"}).status_code == 403
    stage.repository.private = True
    assert stage.call("GET", "pulls/1", "stranger").status_code == 404


STORIES: dict[str, Callable[[ForgejoStage], Any]] = {
    "pull_request opened": lambda stage: stage.world.open_merge_request(stage.repository, "main", "main", author="bot"),
    "pull_request_sync synchronized": lambda stage: stage.world.push(stage.pull, {"more.txt": b"more\n"}),
    "pull_request edited": lambda stage: stage.world.retarget(stage.pull, "next"),
    "pull_request closed": lambda stage: stage.world.merge(stage.pull),
    "pull_request reopened": lambda stage: (stage.world.close(stage.pull), stage.world.reopen(stage.pull)),
    "pull_request_review_approved reviewed": lambda stage: stage.world.approve(stage.pull, "bot"),
    "pull_request_comment created": lambda stage: stage.world.comment(stage.pull, "A word", "alice"),
    "push ": lambda stage: stage.world.commit(stage.repository, "main", {"more.txt": b"more\n"}, "More"),
}


@pytest.fixture
def told(stage: ForgejoStage, receiver: Receiver) -> Iterator[Callable[[str], Delivery]]:
    stage.world.commit(stage.repository, "next", {"n.txt": b"n\n"}, "Branch off", "bot")
    stage.world.add_hook(stage.repository, receiver.url, "secret")

    def of(kind_and_action: str) -> Delivery:
        kind, _, action = kind_and_action.partition(" ")
        return stage.world.webhooks.wait_for(lambda one: (one.kind, one.action) == (kind, action))

    yield of


@pytest.mark.parametrize("told_of", STORIES)
def test_the_parts_of_a_webhook_keep_to_the_description(
    told_of: str, stage: ForgejoStage, told: Callable[[str], Delivery], check: Any
) -> None:
    STORIES[told_of](stage)
    payload = told(told_of).payload
    check("Repository", payload["repository"])
    check("User", payload["sender"])
    for name, definition in {"pull_request": "PullRequest", "issue": "Issue", "comment": "Comment"}.items():
        if name in payload:
            check(definition, payload[name])
    for commit in payload.get("commits", ()):
        check("PayloadCommit", commit)
    if told_of == "pull_request edited":
        assert payload["changes"] == {"ref": {"from": "main"}}


def test_a_delivery_is_signed_in_every_dialect(
    stage: ForgejoStage, told: Callable[[str], Delivery], receiver: Receiver
) -> None:
    stage.world.approve(stage.pull, "bot")
    told("pull_request_review_approved reviewed")
    headers, body = receiver.received[-1]
    signature = hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    assert headers["X-Forgejo-Signature"] == headers["X-Gitea-Signature"] == signature
    assert headers["X-Hub-Signature-256"] == f"sha256={signature}"
    assert headers["X-Forgejo-Event"] == headers["X-GitHub-Event"] == "pull_request_approved"
    assert headers["X-Forgejo-Event-Type"] == "pull_request_review_approved"
    assert headers["X-Forgejo-Delivery"] == headers["X-GitHub-Delivery"]


def test_a_draft_is_a_title_and_a_dismissal_is_not_told(stage: ForgejoStage, told: Callable[[str], Delivery]) -> None:
    stage.world.set_draft(stage.pull, True)
    payload = told("pull_request edited").payload
    assert payload["changes"] == {"title": {"from": "Add a model"}}
    assert (payload["pull_request"]["title"], payload["pull_request"]["draft"]) == ("WIP: Add a model", True)
    stage.world.approve(stage.pull, "bot")
    stage.world.unapprove(stage.pull, "bot")
    kinds = [one.kind for one in stage.world.webhooks.deliveries]
    assert kinds == ["pull_request", "pull_request_review_approved"]
