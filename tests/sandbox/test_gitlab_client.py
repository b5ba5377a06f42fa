"""python-gitlab, a client that is not ours, works with the sandbox."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from gitlab.exceptions import (
    GitlabAuthenticationError,
    GitlabCreateError,
    GitlabDeleteError,
    GitlabGetError,
    GitlabHttpError,
)

from bot.sandbox.server import Sandbox
from tests.sandbox.gitlab_stage import ODD, GitLabStage, build


@pytest.fixture
def stage(sandbox: Sandbox) -> GitLabStage:
    return build(sandbox)


def test_a_token_tells_whose_it_is(stage: GitLabStage) -> None:
    client = stage.api("bot")
    client.auth()
    assert client.user is not None
    assert client.user.username == "bot"


def test_a_project_is_found_by_id_and_by_path(stage: GitLabStage) -> None:
    projects = stage.api("bot").projects
    assert projects.get("distro/packages").id == projects.get(stage.project.id).id
    assert projects.get(stage.project.id).permissions["project_access"]["access_level"] == 30
    assert projects.get("alice/packages").forked_from_project["path_with_namespace"] == "distro/packages"


def test_branches_and_members_are_read(stage: GitLabStage) -> None:
    stage.world.commit(stage.project, "feature/a#b%2F", {"a": b"1"}, "m", "bot")
    project = stage.api("bot").projects.get(stage.project.id)
    assert project.branches.get("feature/a#b%2F").commit["title"] == "m"
    assert [branch.name for branch in project.branches.list(get_all=True)] == ["feature/a#b%2F", "main"]
    bot = stage.world.account("bot")
    assert project.members_all.get(bot.id).access_level == 30
    with pytest.raises(GitlabGetError, match="404"):
        project.members_all.get(stage.world.account("stranger").id)


def test_a_merge_request_is_read(stage: GitLabStage) -> None:
    found = stage.mr("bot")
    assert (found.state, found.draft, found.sha) == ("opened", False, stage.merge_request.head)
    assert found.diff_refs["base_sha"] == stage.merge_request.base
    assert (found.changes_count, found.references["full"]) == ("6", "distro/packages!1")
    assert (found.source_project_id, found.target_project_id) == (stage.fork.id, stage.project.id)
    assert [version.head_commit_sha for version in found.diffs.list(get_all=True)] == [stage.merge_request.head]
    assert [commit.id for commit in found.commits()] == [stage.merge_request.head]


def test_merge_requests_are_listed_by_state(stage: GitLabStage) -> None:
    merge_requests = stage.api("bot").projects.get(stage.project.id).mergerequests
    assert [one.iid for one in merge_requests.list(state="opened", get_all=True)] == [1]
    assert merge_requests.list(state="merged", get_all=True) == []


def test_a_merge_request_is_changed_by_its_author(stage: GitLabStage) -> None:
    found = stage.mr("alice")
    found.title = "Draft: Add a better model"
    found.save()
    assert (found.draft, found.title) == (True, "Draft: Add a better model")
    assert (stage.merge_request.draft, stage.merge_request.title) == (True, "Add a better model")
    found.state_event = "close"
    found.save()
    assert found.state == "closed"


def test_directories_are_listed_by_pages_of_both_kinds(stage: GitLabStage) -> None:
    stage.world.commit(stage.project, "main", {f"many/{number:02}": b"x" for number in range(25)}, "m", "bot")
    project = stage.api("bot").projects.get(stage.project.id)
    for how in ({}, {"pagination": "keyset", "order_by": "id"}):
        rows = project.repository_tree(path="many", ref="main", per_page=10, get_all=True, **how)
        assert [row["name"] for row in rows] == [f"{number:02}" for number in range(25)]
    with pytest.raises(GitlabGetError, match="404 Tree Not Found"):
        project.repository_tree(path="nowhere", ref="main", get_all=True)


def test_files_with_odd_names_are_read(stage: GitLabStage) -> None:
    project = stage.api("bot").projects.get(stage.project.id)
    head = stage.merge_request.head
    assert project.files.get(ODD, ref=head).decode() == b"odd\n"
    assert project.files.raw(ODD, ref=head) == b"odd\n"
    headers = project.files.head(ODD, ref=head)
    assert headers["X-Gitlab-Size"] == "4"
    oid = headers["X-Gitlab-Blob-Id"]
    assert project.repository_raw_blob(oid) == b"odd\n"
    assert project.repository_blob(oid)["size"] == 4
    with pytest.raises(GitlabGetError, match="404 File Not Found"):
        project.files.get("models/absent", ref=head)


def test_a_raw_file_gives_the_object_behind_a_pointer_if_asked(stage: GitLabStage) -> None:
    pointer = stage.world.put_lfs_object(stage.project, b"weights" * 1000)
    stage.world.commit(stage.project, "main", {"far.bin": pointer}, "m", "bot")
    project = stage.api("bot").projects.get(stage.project.id)
    assert project.files.raw("far.bin", ref="main") == pointer
    assert project.files.raw("far.bin", ref="main", lfs=True) == b"weights" * 1000


def test_notes_are_written_changed_and_removed(stage: GitLabStage) -> None:
    notes = stage.mr("bot").notes
    note = notes.create({"body": "one"})
    note.body = "two"
    note.save()
    assert [one.body for one in notes.list(get_all=True)] == ["two"]
    with pytest.raises(GitlabDeleteError, match="403"):
        stage.mr("stranger").notes.delete(note.id)
    note.delete()
    with pytest.raises(GitlabGetError, match="404 Note Not Found"):
        notes.get(note.id)


def test_a_note_needs_a_text_of_bearable_length(stage: GitLabStage) -> None:
    stage.world.limits.gitlab.body_characters = 100
    notes = stage.mr("bot").notes
    for body in ("", "x" * 101):
        with pytest.raises(GitlabCreateError, match="400"):
            notes.create({"body": body})


def test_a_discussion_on_a_file_is_answered_and_resolved(stage: GitLabStage) -> None:
    found = stage.mr("bot")
    position = {
        **found.diff_refs,
        "position_type": "file",
        "new_path": "models/tiny.bin",
        "old_path": "models/tiny.bin",
    }
    discussion = found.discussions.create({"body": "What is this?", "position": position})
    discussion.notes.create({"body": "A model."})
    assert not stage.mr("bot").blocking_discussions_resolved
    discussion.resolved = True
    discussion.save()
    (thread,) = stage.mr("alice").discussions.list(get_all=True)
    assert [note["body"] for note in thread.attributes["notes"]] == ["What is this?", "A model."]
    assert all(note["type"] == "DiffNote" and note["resolved"] for note in thread.attributes["notes"])
    assert stage.mr("bot").blocking_discussions_resolved


def test_a_discussion_takes_the_form_of_the_documentation(stage: GitLabStage) -> None:
    refs = stage.mr("bot").diff_refs
    form = {f"position[{name}]": value for name, value in refs.items()}
    form |= {"position[position_type]": "text", "position[new_path]": "README.md", "position[new_line]": "3"}
    path = "merge_requests/1/discussions"
    answer = stage.call("POST", path, data={**form, "body": "hm", "position[old_path]": "README.md"})
    assert answer.status_code == 201
    assert answer.json()["notes"][0]["position"]["new_line"] == 3
    wrong = stage.call("POST", path, data={**form, "body": "hm", "position[new_path]": "nowhere"})
    assert (wrong.status_code, "line_code" in wrong.json()["message"]) == (400, True)


def test_only_those_concerned_resolve_a_discussion(stage: GitLabStage) -> None:
    discussion = stage.mr("bot").discussions.create({"body": "hm"})
    path = f"merge_requests/1/discussions/{discussion.id}"
    assert stage.call("PUT", path, "stranger", json={"resolved": True}).status_code == 403
    assert stage.call("PUT", path, "alice", json={"resolved": True}).status_code == 200


def test_emoji_are_given_once_and_taken_back(stage: GitLabStage) -> None:
    found = stage.mr("bot")
    note = found.notes.create({"body": "hello"})
    for target in (found, note):
        award = target.awardemojis.create({"name": "thumbsup"})
        with pytest.raises(GitlabCreateError, match="already been taken"):
            target.awardemojis.create({"name": "thumbsup"})
        assert [one.name for one in target.awardemojis.list(get_all=True)] == ["thumbsup"]
        award.delete()
        assert target.awardemojis.list(get_all=True) == []


def test_hooks_are_for_maintainers(stage: GitLabStage) -> None:
    hooks = stage.api("maintainer").projects.get(stage.project.id).hooks
    hook = hooks.create({"url": "http://127.0.0.1:9/x", "token": "secret", "note_events": True, "push_events": False})
    assert (hook.note_events, hook.push_events, hook.merge_requests_events) == (True, False, False)
    assert "secret" not in str(hook.attributes)
    hook.merge_requests_events = True
    hook.save()
    assert hooks.get(hook.id).merge_requests_events
    hook.delete()
    assert hooks.list(get_all=True) == []
    with pytest.raises(GitlabHttpError, match="403"):
        stage.api("bot").http_list(f"/projects/{stage.project.id}/hooks", get_all=True)
    wrong = stage.call("POST", "hooks", "maintainer", json={"url": "ftp://x"})
    assert wrong.status_code == 422


def test_a_wrong_token_is_401_and_a_hidden_project_404(stage: GitLabStage) -> None:
    stage.tokens["nobody"] = "wrong"
    with pytest.raises(GitlabAuthenticationError):
        stage.api("nobody").auth()
    stage.project.private = True
    with pytest.raises(GitlabGetError, match="404 Project Not Found"):
        stage.api("stranger").projects.get("distro/packages")
    assert stage.call("GET", f"/projects/{quote('distro/packages', safe='')}", None).status_code == 404


def test_a_token_works_as_bearer_and_a_reading_one_only_reads(stage: GitLabStage) -> None:
    token = stage.world.create_token("bot", scopes=frozenset({"read_api"}))
    bearer = {"Authorization": f"Bearer {token}"}
    assert stage.call("GET", "/user", headers=bearer).json()["username"] == "bot"
    refused = stage.call("POST", "merge_requests/1/notes", headers=bearer, json={"body": "x"})
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")


def test_what_gitlab_does_not_have_is_404_in_its_words(stage: GitLabStage) -> None:
    answer = stage.call("GET", "/no/such%0Athing")
    assert (answer.status_code, answer.json()) == (404, {"error": "404 Not Found"})
    assert stage.call("GET", "merge_requests/x").status_code == 404
    assert stage.call("POST", "merge_requests/1/notes", data="[", headers={}).status_code == 401
