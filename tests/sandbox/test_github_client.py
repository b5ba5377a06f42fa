"""PyGithub, the client that the bot uses, finds its way through the GitHub side."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from github import Auth, Github, GithubIntegration
from github.GithubException import GithubException, UnknownObjectException


@pytest.fixture
def github(stage: Any) -> Iterator[Github]:
    token, url = Auth.Token(stage.bot.token), stage.sandbox.github_api_url
    with Github(auth=token, base_url=url, retry=0, seconds_between_requests=0, seconds_between_writes=0) as client:
        yield client


def test_the_client_reads_a_pull_request_and_all_its_files(stage: Any, github: Github) -> None:
    stage.world.push(stage.pull, {f"many/{number:03}.txt": b"%d\n" % number for number in range(70)})
    assert github.get_user().login == "weighbridge-bot"
    pull = github.get_repo(stage.repository.id).get_pull(1)
    assert pull.head.repo.full_name == "alice/packages"
    files = list(pull.get_files())
    assert len(files) == pull.changed_files == 75
    assert pull.base.repo.get_collaborator_role_name("alice") == "read"


def test_the_client_reads_trees_blobs_and_contents(stage: Any, github: Github) -> None:
    repository = github.get_repo("distro/packages")
    tree = repository.get_git_tree(stage.pull.head, recursive=True)
    oid = next(entry.sha for entry in tree.tree if entry.path == "models/tiny.bin")
    assert base64.b64decode(repository.get_git_blob(oid).content) == bytes(range(256)) * 64
    contents = repository.get_contents("README.md", ref=stage.pull.head)
    assert not isinstance(contents, list)
    assert contents.decoded_content.startswith(b"# Packages")
    assert repository.compare("main", stage.pull.head).merge_base_commit.sha == stage.pull.base
    with pytest.raises(UnknownObjectException):
        repository.get_contents("missing.yml")


def test_the_client_comments_reviews_and_sets_statuses(stage: Any, github: Github) -> None:
    repository = github.get_repo("distro/packages")
    pull = repository.get_pull(1)
    comment = pull.create_issue_comment("First")
    comment.edit("Second")
    comment.create_reaction("eyes")
    assert [one.body for one in pull.get_issue_comments()] == ["Second"]
    commit = repository.get_commit(stage.pull.head)
    pull.create_review_comment("Which licence?", commit, "models/tiny.bin", subject_type="file")
    assert [one.path for one in pull.get_review_comments()] == ["models/tiny.bin"]
    commit.create_status("failure", target_url="http://127.0.0.1/", description="Blocked", context="weighbridge")
    assert commit.get_combined_status().state == "failure"
    comment.delete()
    assert pull.get_issue_comments().totalCount == 0


def test_the_client_works_as_an_installed_app(stage: Any, installed_app: Any) -> None:
    auth = Auth.AppAuth(installed_app.app.id, installed_app.private_key)
    with GithubIntegration(auth=auth, base_url=stage.sandbox.github_api_url, retry=0) as integration:
        assert integration.get_app().slug == "weighbridge"
        installation = integration.get_repo_installation("distro", "packages")
        with integration.get_github_for_installation(installation.id, {"checks": "write"}) as github:
            run = github.get_repo("distro/packages").create_check_run(
                "weighbridge", stage.pull.head, conclusion="neutral", output={"title": "t", "summary": "s"}
            )
            assert run.app.slug == "weighbridge"
            found = github.get_repo("distro/packages").get_commit(stage.pull.head).get_check_runs()
            assert [one.conclusion for one in found] == ["neutral"]


def test_the_client_reports_refusals(stage: Any, github: Github) -> None:
    stage.sandbox.misbehave("secondary-limit")
    with pytest.raises(GithubException) as caught:
        github.get_repo("distro/packages")
    assert caught.value.status == 403
