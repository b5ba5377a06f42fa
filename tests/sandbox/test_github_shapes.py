"""The fake is checked: answers against GitHub's own typed models, payloads against the published JSON schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import githubkit_schemas.latest.models as models
import pytest
from jsonschema import Draft7Validator
from pydantic import TypeAdapter

from bot.sandbox.webhooks import Delivery


def check(kind: Any, answer: Any) -> Any:
    assert answer.ok, answer.text
    TypeAdapter(kind).validate_python(answer.json())
    return answer.json()


def test_accounts_and_repositories_have_githubs_shape(stage: Any) -> None:
    check(models.PrivateUser, stage.bot.get("/user"))
    check(models.PrivateUser, stage.bot.get("/users/alice"))
    check(models.FullRepository, stage.bot.get(stage.path))
    check(models.FullRepository, stage.bot.get(f"/repositories/{stage.repository.id}"))
    fork = check(models.FullRepository, stage.bot.get("/repos/alice/packages"))
    assert fork["parent"]["full_name"] == "distro/packages"
    check(models.BranchWithProtection, stage.bot.get(f"{stage.path}/branches/main"))
    check(models.RepositoryCollaboratorPermission, stage.bot.get(f"{stage.path}/collaborators/alice/permission"))


def test_pull_requests_and_their_files_have_githubs_shape(stage: Any) -> None:
    check(models.PullRequest, stage.bot.get(f"{stage.path}/pulls/1"))
    check(list[models.PullRequestSimple], stage.bot.get(f"{stage.path}/pulls"))
    check(models.Issue, stage.bot.get(f"{stage.path}/issues/1"))
    check(list[models.Commit], stage.bot.get(f"{stage.path}/pulls/1/commits"))
    files = check(list[models.DiffEntry], stage.bot.get(f"{stage.path}/pulls/1/files"))
    assert {row["filename"]: row["status"] for row in files} == {
        "README.md": "modified",
        "gone.txt": "removed",
        "models/latest": "added",
        "models/tiny.bin": "added",
        "new/name.txt": "renamed",
    }


def test_git_objects_have_githubs_shape(stage: Any) -> None:
    tree = check(models.GitTree, stage.bot.get(f"{stage.path}/git/trees/{stage.pull.head}?recursive=1"))
    oid = next(row["sha"] for row in tree["tree"] if row["path"] == "models/tiny.bin")
    check(models.Blob, stage.bot.get(f"{stage.path}/git/blobs/{oid}"))
    check(models.GitCommit, stage.bot.get(f"{stage.path}/git/commits/{stage.pull.head}"))
    check(models.Commit, stage.bot.get(f"{stage.path}/commits/{stage.pull.head}"))
    check(models.GitRef, stage.bot.get(f"{stage.path}/git/ref/heads/main"))
    check(models.CommitComparison, stage.bot.get(f"{stage.path}/compare/main...{stage.pull.head}"))
    check(models.ContentFile, stage.bot.get(f"{stage.path}/contents/README.md"))
    check(list[models.ContentDirectoryItems], stage.bot.get(f"{stage.path}/contents/?ref={stage.pull.head}"))


def test_comments_reviews_and_reactions_have_githubs_shape(stage: Any) -> None:
    comment = check(models.IssueComment, stage.bot.post(f"{stage.path}/issues/1/comments", json={"body": "Hello"}))
    check(models.IssueComment, stage.bot.get(f"{stage.path}/issues/comments/{comment['id']}"))
    check(list[models.IssueComment], stage.bot.get(f"{stage.path}/issues/1/comments"))
    reactions = f"{stage.path}/issues/comments/{comment['id']}/reactions"
    check(models.Reaction, stage.bot.post(reactions, json={"content": "eyes"}))
    check(list[models.Reaction], stage.bot.get(reactions))
    place = {"commit_id": stage.pull.head, "path": "models/tiny.bin", "subject_type": "file"}
    on_file = stage.bot.post(f"{stage.path}/pulls/1/comments", json=place | {"body": "Which licence?"})
    assert check(models.PullRequestReviewComment, on_file)["subject_type"] == "file"
    check(list[models.PullRequestReviewComment], stage.bot.get(f"{stage.path}/pulls/1/comments"))
    review = {"event": "REQUEST_CHANGES", "body": "Please say the licence."}
    check(models.PullRequestReview, stage.bot.post(f"{stage.path}/pulls/1/reviews", json=review))
    check(list[models.PullRequestReview], stage.bot.get(f"{stage.path}/pulls/1/reviews"))
    given = stage.world.approve(stage.pull, "stranger")
    dismissal = f"{stage.path}/pulls/1/reviews/{given.id}/dismissals"
    taken = stage.bot.call("PUT", dismissal, json={"message": "The weights changed"})
    assert check(models.PullRequestReview, taken)["state"] == "DISMISSED"
    stage.world.create_team("distro/science", "stranger")
    check(models.TeamMembership, stage.bot.get("/orgs/distro/teams/science/memberships/stranger"))
    assert stage.bot.get("/orgs/distro/teams/science/memberships/alice").status_code == 404


def test_statuses_have_githubs_shape(stage: Any) -> None:
    status = {"state": "failure", "context": "weighbridge", "description": "1 problem"}
    check(models.Status, stage.bot.post(f"{stage.path}/statuses/{stage.pull.head}", json=status))
    check(list[models.Status], stage.bot.get(f"{stage.path}/commits/{stage.pull.head}/statuses"))
    combined = check(models.CombinedCommitStatus, stage.bot.get(f"{stage.path}/commits/{stage.pull.head}/status"))
    assert combined["state"] == "failure"


def test_what_an_app_sees_has_githubs_shape(stage: Any, installed_app: Any, app_client: Any) -> None:
    as_app = type(app_client)(stage.sandbox.github_api_url, installed_app.jwt())
    check(models.Integration, as_app.get("/app"))
    check(list[models.Installation], as_app.get("/app/installations"))
    check(models.Installation, as_app.get(f"{stage.path}/installation"))
    number = installed_app.installation.id
    check(models.InstallationToken, as_app.post(f"/app/installations/{number}/access_tokens"))
    output = {"title": "Blocked", "summary": "A **licence** is missing."}
    run = {"name": "weighbridge", "head_sha": stage.pull.head, "conclusion": "failure", "output": output}
    check(models.CheckRun, app_client.post(f"{stage.path}/check-runs", json=run))
    rows = app_client.get(f"{stage.path}/commits/{stage.pull.head}/check-runs").json()
    assert rows["total_count"] == 1


Story = Callable[[Any], object]

STORIES: dict[str, Story] = {
    "pull_request$opened": lambda stage: stage.world.open_merge_request(
        stage.repository, "add-model", author="alice", from_fork=stage.fork
    ),
    "pull_request$synchronize": lambda stage: stage.world.push(stage.pull, {"models/LICENSE": b"MIT\n"}),
    "pull_request$edited": lambda stage: stage.world.edit(stage.pull, title="Another title", body="Words"),
    "pull_request$closed": lambda stage: stage.world.close(stage.pull),
    "pull_request$reopened": lambda stage: (stage.world.close(stage.pull), stage.world.reopen(stage.pull)),
    "pull_request$converted_to_draft": lambda stage: stage.world.set_draft(stage.pull, True),
    "pull_request$ready_for_review": lambda stage: (
        stage.world.set_draft(stage.pull, True),
        stage.world.set_draft(stage.pull, False),
    ),
    "issue_comment$created": lambda stage: stage.world.comment(stage.pull, "A word", "alice"),
    "issue_comment$edited": lambda stage: stage.world.conversation.edit(
        stage.world.comment(stage.pull, "A word", "alice"), "Another word", "alice"
    ),
    "issue_comment$deleted": lambda stage: stage.world.conversation.delete(
        stage.world.comment(stage.pull, "A word", "alice"), "alice"
    ),
    "pull_request_review_comment$created": lambda stage: stage.world.conversation.comment(
        stage.pull, "Which licence?", "alice", path="README.md", commit_sha=stage.pull.head, line=3
    ),
    "pull_request_review$submitted": lambda stage: stage.world.approve(stage.pull, "weighbridge-bot"),
    "pull_request_review$dismissed": lambda stage: (
        stage.world.approve(stage.pull, "weighbridge-bot"),
        stage.world.unapprove(stage.pull, "weighbridge-bot"),
    ),
    "push$event": lambda stage: stage.world.commit(stage.repository, "main", {"more.txt": b"more\n"}, "More"),
}


def problems(schema: dict[str, Any], definition: str, delivery: Delivery) -> list[str]:
    validator = Draft7Validator({"definitions": schema["definitions"], "$ref": f"#/definitions/{definition}"})
    return [f"{list(error.path)}: {error.message[:300]}" for error in validator.iter_errors(delivery.payload)]


@pytest.mark.parametrize("definition", STORIES)
def test_a_webhook_payload_keeps_to_the_published_schema(
    definition: str, stage: Any, receiver: Any, webhook_schema: dict[str, Any]
) -> None:
    stage.world.add_hook(stage.repository, receiver.url, "secret")
    STORIES[definition](stage)
    event, _, action = definition.partition("$")
    wanted = "" if action == "event" else action
    delivery = stage.world.webhooks.wait_for(lambda one: (one.event, one.action) == (event, wanted))
    assert delivery.status == 202
    assert problems(webhook_schema, definition, delivery) == []


def test_the_ping_keeps_to_the_published_schema(stage: Any, receiver: Any, webhook_schema: dict[str, Any]) -> None:
    stage.world.add_hook(stage.repository, receiver.url, "secret")
    delivery = stage.world.webhooks.wait_for(lambda one: one.event == "ping")
    assert problems(webhook_schema, "ping$event", delivery) == []


def test_a_retarget_names_the_old_base(stage: Any, receiver: Any, webhook_schema: dict[str, Any]) -> None:
    stage.world.add_hook(stage.repository, receiver.url, "secret")
    stage.world.commit(stage.repository, "stable", {"stable.txt": b"\n"}, "Branch off")
    stage.world.retarget(stage.pull, "stable")
    delivery = stage.world.webhooks.wait_for(lambda one: one.action == "edited")
    assert delivery.payload["changes"]["base"]["ref"] == {"from": "main"}
    assert delivery.payload["pull_request"]["base"]["ref"] == "stable"
    delivery.payload["changes"].pop("base")  # the schema of 7.6.1 knows title and body only
    assert problems(webhook_schema, "pull_request$edited", delivery) == []


def test_an_installation_is_named_in_its_deliveries(
    stage: Any, receiver: Any, installed_app: Any, webhook_schema: dict[str, Any]
) -> None:
    stage.world.add_hook(stage.repository, receiver.url, "secret", installation=installed_app.installation)
    stage.world.close(stage.pull)
    delivery = stage.world.webhooks.wait_for(lambda one: one.action == "closed")
    assert delivery.payload["installation"]["id"] == installed_app.installation.id
    assert problems(webhook_schema, "pull_request$closed", delivery) == []
