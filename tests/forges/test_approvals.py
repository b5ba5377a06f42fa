"""Who has approved, as each forge tells it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.forges.github import GitHubForge
from bot.forges.protocol import UnavailableError
from bot.intake import forgejo as forgejo_intake
from bot.intake import github as github_intake
from bot.intake import gitlab as gitlab_intake
from bot.intake.events import ReviewRequested
from bot.sandbox.server import Sandbox
from rules.facts import Approval

Scene = Any


@pytest.fixture
def reviewed(scene: Scene) -> Scene:
    """The scene with two people who know models, one of them in a team."""
    for login in ("grace", "linus"):
        scene.world.create_user(login)
        scene.world.grant(scene.repository, login, "write")
    scene.world.create_team("distro/science", "grace")
    return scene


def approvals(scene: Scene, *teams: str) -> set[Approval]:
    found = scene.forge.approvals(scene.read(), teams)
    assert found is not None
    return set(found)


def test_nobody_has_approved_a_new_merge_request(reviewed: Scene) -> None:
    assert approvals(reviewed) == set()


def test_an_approval_is_told_until_it_is_taken_back(reviewed: Scene) -> None:
    reviewed.world.approve(reviewed.pull, "grace")
    reviewed.world.approve(reviewed.pull, "linus")
    assert approvals(reviewed) == {Approval("grace"), Approval("linus")}
    reviewed.world.unapprove(reviewed.pull, "grace")
    assert approvals(reviewed) == {Approval("linus")}


def test_a_push_makes_an_approval_stale_and_a_new_one_is_current(reviewed: Scene) -> None:
    reviewed.world.approve(reviewed.pull, "grace")
    reviewed.world.push(reviewed.pull, {"more.txt": b"more\n"})
    assert approvals(reviewed) == {Approval("grace", current=False)}
    reviewed.world.unapprove(reviewed.pull, "grace")
    reviewed.world.approve(reviewed.pull, "grace")
    assert approvals(reviewed) == {Approval("grace")}


def test_an_older_gitlab_tells_the_time_of_an_approval_in_its_notes_only(gitlab: Scene) -> None:
    gitlab.world.limits.gitlab.tells_approval_time = False
    gitlab.world.create_user("grace")
    gitlab.world.comment(gitlab.pull, "approved this merge request", "grace")
    gitlab.world.approve(gitlab.pull, "grace")
    assert approvals(gitlab) == {Approval("grace")}
    gitlab.world.push(gitlab.pull, {"more.txt": b"more\n"})
    gitlab.world.comment(gitlab.pull, "approved this merge request", "grace")
    assert approvals(gitlab) == {Approval("grace", current=False)}


def test_on_github_the_last_word_of_a_person_counts_and_a_comment_is_none(github: Scene) -> None:
    say = github.world.conversation.review
    for login in ("grace", "linus"):
        github.world.create_user(login)
    say(github.pull, "grace", "CHANGES_REQUESTED", "Which data?", github.pull.head)
    say(github.pull, "grace", "APPROVED", "", github.pull.head)
    say(github.pull, "grace", "COMMENTED", "Thanks", github.pull.head)
    say(github.pull, "linus", "APPROVED", "", github.pull.head)
    say(github.pull, "linus", "CHANGES_REQUESTED", "I was wrong", github.pull.head)
    assert approvals(github) == {Approval("grace")}


def test_a_bot_is_nobody(github: Scene) -> None:
    github.world.create_user("helper[bot]", kind="Bot")
    github.world.approve(github.pull, "helper[bot]")
    assert approvals(github) == set()


def test_membership_is_asked_for_where_it_matters(reviewed: Scene) -> None:
    reviewed.world.approve(reviewed.pull, "grace")
    reviewed.world.approve(reviewed.pull, "linus")
    may_see = reviewed.kind != "github-app"
    told = {Approval("grace", teams=("distro/science",) if may_see else ()), Approval("linus")}
    assert approvals(reviewed, "distro/science", "distro/nowhere") == told


def test_an_app_that_was_granted_to_see_members_sees_them(sandbox: Sandbox, key_pair: tuple[str, str]) -> None:
    world = sandbox.world
    for login in ("alice", "grace"):
        world.create_user(login)
    target = world.create_repository("distro/packages", files={"README.md": b"# Packages\n"})
    world.create_team("distro/science", "grace")
    world.commit(target, "weights", {"m.bin": b"\0" * 99}, "Add", "alice")
    pull = world.open_merge_request(target, "weights", author="alice")
    permissions = {"contents": "read", "pull_requests": "write", "checks": "write", "members": "read"}
    app = world.create_app("weighbridge", key_pair[1], "distro", permissions)
    world.install_app(app, target.full_name)
    forge = GitHubForge(sandbox.github_api_url, app_id=app.id, private_key=key_pair[0])
    world.approve(pull, "grace")
    merge_request = forge.merge_request(str(target.id), target.full_name, pull.number)
    assert forge.approvals(merge_request, ("distro/science",)) == (Approval("grace", teams=("distro/science",)),)


def test_what_our_credentials_may_not_read_is_not_told(reviewed: Scene) -> None:
    merge_request = reviewed.read()
    assert reviewed.nobody.approvals(merge_request) is None


def test_a_forge_that_is_down_is_asked_again_later(reviewed: Scene) -> None:
    merge_request = reviewed.read()
    reviewed.sandbox.misbehave("500", times=None)
    with pytest.raises(UnavailableError):
        reviewed.forge.approvals(merge_request)


def test_an_approval_and_its_end_ask_for_a_new_judgement(reviewed: Scene) -> None:
    intake = {"gitlab": gitlab_intake, "forgejo": forgejo_intake}.get(reviewed.kind, github_intake)
    reviewed.world.add_hook(reviewed.repository, "http://127.0.0.1:9/nobody-listens", "secret")
    reviewed.world.approve(reviewed.pull, "grace")
    reviewed.world.unapprove(reviewed.pull, "grace")
    events = [intake.parse(delivery.event, delivery.payload) for delivery in reviewed.world.webhooks.deliveries]
    asked = [event for event in events if isinstance(event, ReviewRequested)]
    # Forgejo tells nobody that an approval was dismissed.
    assert [event.number for event in asked] == [reviewed.pull.number] * (1 if reviewed.kind == "forgejo" else 2)
    assert {event.head for event in asked} == {reviewed.pull.head}
