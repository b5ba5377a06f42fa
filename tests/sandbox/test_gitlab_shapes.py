"""Answers and payloads carry the fields of GitLab's documented examples, each table from the page it names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.sandbox.server import Sandbox
from bot.sandbox.webhooks import Delivery
from tests.sandbox.conftest import Receiver
from tests.sandbox.gitlab_stage import GitLabStage, build

USER = "id username name state avatar_url web_url"

MERGE_REQUEST = (  # Merge requests API, "Retrieve a merge request"; without what only paid tiers have
    "id iid project_id title description state created_at updated_at merged_by merge_user merged_at closed_by closed_at"
    " target_branch source_branch user_notes_count upvotes downvotes author assignees assignee reviewers"
    " source_project_id target_project_id labels draft work_in_progress milestone merge_when_pipeline_succeeds"
    " merge_status detailed_merge_status sha merge_commit_sha squash_commit_sha discussion_locked"
    " should_remove_source_branch force_remove_source_branch reference references web_url time_stats squash"
    " task_completion_status has_conflicts blocking_discussions_resolved subscribed changes_count"
    " latest_build_started_at latest_build_finished_at first_deployed_to_production_at pipeline head_pipeline"
    " diff_refs merge_error first_contribution user"
)
DIFF = (  # Merge requests API, "List merge request diffs"
    "old_path new_path a_mode b_mode diff collapsed too_large new_file renamed_file deleted_file generated_file"
)
VERSION = (  # Merge requests API, "Retrieve merge request diff versions"
    "id head_commit_sha base_commit_sha start_commit_sha created_at merge_request_id state real_size patch_id_sha"
)
NOTE = (  # Notes API, "Get single merge request note"
    "id body attachment author created_at updated_at system noteable_id noteable_type project_id noteable_iid"
    " resolvable confidential internal"
)
STATUS = (  # Commits API, "List the statuses of a commit"
    "status created_at started_at name allow_failure author description sha target_url finished_at id ref"
)
TREE = "id name type path mode"  # Repositories API, "List repository tree"
FILE = (  # Repository files API, "Get file from repository"
    "file_name file_path size encoding content content_sha256 ref blob_id commit_id last_commit_id execute_filemode"
)
BRANCH = (  # Branches API, "Get single repository branch"
    "name merged protected default developers_can_push developers_can_merge can_push web_url commit"
)
COMMIT = (  # Commits API, "Get a single commit"
    "id short_id title author_name author_email committer_name committer_email created_at message committed_date"
    " authored_date parent_ids last_pipeline stats status web_url"
)
HOOK = (  # Project webhooks API, "Get a project webhook"
    "id url name description project_id push_events push_events_branch_filter issues_events confidential_issues_events"
    " merge_requests_events tag_push_events note_events confidential_note_events job_events pipeline_events"
    " wiki_page_events deployment_events releases_events feature_flag_events enable_ssl_verification"
    " repository_update_events alert_status disabled_until url_variables created_at resource_access_token_events"
    " custom_webhook_template custom_headers"
)
EMOJI = "id name user created_at updated_at awardable_id awardable_type"  # Emoji reactions API
HEADERS = (  # Repository files API, "Get file metadata only"
    "Blob-Id Commit-Id Content-Sha256 Encoding File-Name File-Path Last-Commit-Id Ref Size Execute-Filemode"
)

HOOK_USER = "id name username avatar_url email"  # Webhook events, all payloads
HOOK_PROJECT = (
    "id name description web_url avatar_url git_ssh_url git_http_url namespace visibility_level path_with_namespace"
    " default_branch homepage url ssh_url http_url"
)
MERGE_REQUEST_HOOK = (  # Webhook events, "Merge request events", object_attributes
    "id iid target_branch source_branch source_project_id author_id assignee_ids assignee_id reviewer_ids title"
    " created_at updated_at last_edited_at last_edited_by_id milestone_id state_id state blocking_discussions_resolved"
    " work_in_progress draft first_contribution merge_status target_project_id description prepared_at"
    " total_time_spent time_change human_total_time_spent human_time_change human_time_estimate url source target"
    " last_commit labels action detailed_merge_status"
)
NOTE_HOOK = (  # Webhook events, "Comment on a merge request", object_attributes
    "id note noteable_type author_id created_at updated_at project_id attachment line_code commit_id noteable_id"
    " system st_diff action url"
)
NOTED_MERGE_REQUEST = (  # the same page, merge_request
    "id target_branch source_branch source_project_id author_id assignee_id title created_at updated_at milestone_id"
    " state merge_status target_project_id iid description labels source target last_commit work_in_progress draft"
    " detailed_merge_status"
)
PUSH_HOOK = (  # Webhook events, "Push events"
    "object_kind event_name before after ref ref_protected checkout_sha user_id user_name user_username user_email"
    " user_avatar project_id project repository commits total_commits_count"
)
PUSHED_COMMIT = "id message title timestamp url author added modified removed"


@pytest.fixture
def stage(sandbox: Sandbox) -> GitLabStage:
    return build(sandbox)


@pytest.fixture
def told(stage: GitLabStage, receiver: Receiver) -> Iterator[list[Delivery]]:
    stage.world.add_hook(stage.project, receiver.url, "secret")
    yield stage.world.webhooks.deliveries
    stage.world.webhooks.wait_all()


def lacks(shape: dict[str, Any], documented: str) -> set[str]:
    return set(documented.split()) - set(shape)


def test_answers_have_the_documented_fields(stage: GitLabStage) -> None:
    head, mr = stage.merge_request.head, "merge_requests/1"
    note = stage.call("POST", f"{mr}/notes", json={"body": "x"}).json()
    emoji = stage.call("POST", f"{mr}/award_emoji", json={"name": "eyes"}).json()
    status = stage.call("POST", f"statuses/{head}", json={"state": "success", "ref": "a"}).json()
    hook = stage.call("POST", "hooks", "maintainer", json={"url": "http://127.0.0.1:9"}).json()
    shapes: list[tuple[dict[str, Any], str]] = [
        (stage.get("/user"), USER + " email bot"),
        (stage.get(mr), MERGE_REQUEST),
        (stage.get(mr)["author"], USER),
        (stage.get(f"{mr}/diffs")[0], DIFF),
        (stage.get(f"{mr}/versions")[0], VERSION),
        (note, NOTE),
        (stage.get(f"{mr}/discussions")[0], "id individual_note notes"),
        (emoji, EMOJI),
        (status, STATUS),
        (stage.get("repository/tree")[0], TREE),
        (stage.get("repository/files/README.md?ref=main"), FILE),
        (stage.get("repository/branches/main"), BRANCH),
        (stage.get("repository/commits/main"), COMMIT),
        (hook, HOOK),
    ]
    assert [lacks(shape, documented) for shape, documented in shapes] == [set()] * len(shapes)


def test_the_head_of_a_file_tells_everything_but_its_content(stage: GitLabStage) -> None:
    answer = stage.call("HEAD", f"repository/files/models%2Ftiny.bin?ref={stage.merge_request.head}")
    assert {f"X-Gitlab-{name}" for name in HEADERS.split()} <= set(answer.headers)
    assert (answer.headers["X-Gitlab-Size"], answer.content) == (str(256 * 64), b"")


def test_changed_files_are_worded_as_gitlab_words_them(stage: GitLabStage) -> None:
    rows = {row["new_path"]: row for row in stage.get("merge_requests/1/diffs")}
    assert rows["models/tiny.bin"]["diff"] == "Binary files /dev/null and b/models/tiny.bin differ\n"
    assert (rows["models/tiny.bin"]["a_mode"], rows["models/tiny.bin"]["b_mode"]) == ("0", "100644")
    assert (rows["models/latest"]["b_mode"], rows["models/latest"]["new_file"]) == ("120000", True)
    assert (rows["new/name.txt"]["old_path"], rows["new/name.txt"]["diff"]) == ("old/name.txt", "")
    assert (rows["gone.txt"]["deleted_file"], rows["gone.txt"]["b_mode"]) == (True, "0")
    assert rows["README.md"]["diff"].startswith("@@ -1 +1,3 @@\n # Packages\n")


def test_merge_request_hooks_have_the_documented_fields(stage: GitLabStage, told: list[Delivery]) -> None:
    stage.world.close(stage.merge_request, "alice")
    (delivery,) = told
    payload = delivery.payload
    top = "object_kind event_type user project repository object_attributes labels changes assignees reviewers"
    assert delivery.event == "Merge Request Hook"
    assert not lacks(payload, top)
    assert not lacks(payload["object_attributes"], MERGE_REQUEST_HOOK)
    assert not lacks(payload["user"], HOOK_USER)
    assert not lacks(payload["project"], HOOK_PROJECT)
    assert not lacks(payload["repository"], "name url description homepage")
    assert not lacks(payload["object_attributes"]["last_commit"], "id message title timestamp url author")


def test_note_hooks_have_the_documented_fields(stage: GitLabStage, told: list[Delivery]) -> None:
    note = stage.world.comment(stage.merge_request, "hello", "stranger")
    stage.world.conversation.edit(note, "hello again", "stranger")
    stage.world.conversation.delete(note, "stranger")
    assert [(one.event, one.action) for one in told] == [("Note Hook", "create"), ("Note Hook", "update")]
    payload = told[0].payload
    assert not lacks(payload, "object_kind event_type user project_id project repository object_attributes")
    assert not lacks(payload["object_attributes"], NOTE_HOOK)
    assert not lacks(payload["merge_request"], NOTED_MERGE_REQUEST)


def test_push_hooks_have_the_documented_fields(stage: GitLabStage, told: list[Delivery]) -> None:
    before = stage.project.git.resolve("main")
    after = stage.world.commit(stage.project, "main", {"a": b"1", "README.md": b"x", "gone.txt": None}, "m", "bot")
    (delivery,) = told
    payload = delivery.payload
    assert delivery.event == "Push Hook"
    assert not lacks(payload, PUSH_HOOK)
    assert (payload["before"], payload["after"], payload["ref"]) == (before, after, "refs/heads/main")
    (commit,) = payload["commits"]
    assert not lacks(commit, PUSHED_COMMIT)
    assert (commit["added"], commit["modified"], commit["removed"]) == (["a"], ["README.md"], ["gone.txt"])


def test_every_change_of_a_merge_request_is_told_in_its_own_way(stage: GitLabStage, told: list[Delivery]) -> None:
    world, found = stage.world, stage.merge_request
    old = found.head
    world.push(found, {"more.txt": b"x"})
    world.edit(found, title="Another title")
    world.set_draft(found, True)
    world.commit(stage.project, "next", {"n": b"1"}, "m", "bot")
    world.retarget(found, "next")
    world.close(found)
    world.reopen(found)
    world.merge(found)
    rows = [one.payload for one in told if one.event == "Merge Request Hook"]
    actions = [row["object_attributes"]["action"] for row in rows]
    assert actions == ["update", "update", "update", "update", "close", "reopen", "merge"]
    assert [row["object_attributes"].get("oldrev") for row in rows] == [old] + [None] * 6
    assert [set(row["changes"]) for row in rows] == [
        set(),
        {"title"},
        {"title", "draft"},
        {"target_branch"},
        {"state_id"},
        {"state_id"},
        {"state_id"},
    ]
    assert rows[2]["changes"]["draft"] == {"previous": False, "current": True}
    assert rows[3]["changes"]["target_branch"] == {"previous": "main", "current": "next"}
    assert [row["object_attributes"]["state"] for row in rows[-3:]] == ["closed", "opened", "merged"]


def test_a_deleted_fork_is_told_as_none(stage: GitLabStage, told: list[Delivery]) -> None:
    stage.world.delete_repository(stage.fork)
    stage.world.edit(stage.merge_request, title="x")
    attributes = told[-1].payload["object_attributes"]
    assert (attributes["source"], attributes["source_project_id"]) == (None, None)
