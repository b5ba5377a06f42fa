"""What the clients write: the summary comment and the verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.forges.protocol import Comment, NotFoundError, RefusedError, Verdict, VerdictState
from tests.forges.conftest import Scene

MARKER = "<!-- weighbridge:summary -->"
STATUS_WORDS = {
    "github-token": {"pending": "pending", "success": "success", "failure": "failure", "neutral": "pending"},
    "gitlab": {"pending": "pending", "success": "success", "failure": "failed", "neutral": "canceled"},
    "forgejo": {"pending": "pending", "success": "success", "failure": "failure", "neutral": "pending"},
}


def verdicts_on(scene: Scene, head: str) -> list[tuple[str, str | None]]:
    """State and title of all that was said of a commit, the newest first."""
    if scene.kind == "github-app":
        runs = scene.world.verdicts.check_runs_of(scene.repository, head)
        return [(run.conclusion or run.status, run.title) for run in reversed(runs)]
    statuses = scene.world.verdicts.statuses_of(scene.repository, head)
    return [(one.state, one.description) for one in statuses]


def test_we_know_who_we_are(scene: Scene) -> None:
    assert scene.forge.whoami() == scene.me


def test_only_our_own_comments_are_ours(scene: Scene) -> None:
    found = scene.read()
    scene.world.comment(scene.pull, f"{MARKER}\nI quote the bot", "stranger")
    first = scene.forge.create_comment(found, f"{MARKER}\none")
    second = scene.forge.create_comment(found, "two")
    scene.world.comment(scene.pull, MARKER, "alice")
    assert scene.forge.own_comments(found) == [first, second]
    assert first.body == f"{MARKER}\none"
    assert first.url.startswith(found.url)


def test_own_comments_are_found_behind_many_others(scene: Scene) -> None:
    found = scene.read()
    for number in range(120):
        scene.world.comment(scene.pull, f"talk {number}", "alice")
    ours = scene.forge.create_comment(found, MARKER)
    assert scene.forge.own_comments(found) == [ours]


def test_a_comment_is_edited_in_place(scene: Scene) -> None:
    found = scene.read()
    comment = scene.forge.create_comment(found, "before")
    changed = scene.forge.update_comment(found, comment, "after – größer")
    assert changed == Comment(comment.id, "after – größer", comment.url)
    assert [note.body for note in scene.world.conversation.comments(scene.pull)] == ["after – größer"]


def test_a_comment_deleted_by_hand_is_not_found(scene: Scene) -> None:
    found = scene.read()
    comment = scene.forge.create_comment(found, "before")
    scene.world.conversation.delete(scene.world.conversation.notes[int(comment.id)], "alice")
    with pytest.raises(NotFoundError):
        scene.forge.update_comment(found, comment, "after")
    with pytest.raises(NotFoundError):
        scene.forge.delete_comment(found, comment)


def test_a_double_is_removed(scene: Scene) -> None:
    found = scene.read()
    scene.forge.create_comment(found, "one")
    scene.forge.delete_comment(found, scene.forge.create_comment(found, "two"))
    assert [comment.body for comment in scene.forge.own_comments(found)] == ["one"]


@pytest.mark.parametrize("state", list(VerdictState))
def test_the_same_verdict_twice_is_set_once(scene: Scene, state: VerdictState) -> None:
    found = scene.read()
    verdict = Verdict(state, "a title", "a *summary*", "https://example.org/report")
    scene.forge.set_verdict(found, verdict)
    scene.forge.set_verdict(found, verdict)
    word = STATUS_WORDS.get(scene.kind, {}).get(state, "in_progress" if state == "pending" else state.value)
    assert verdicts_on(scene, found.head) == [(word, "a title")]
    assert scene.sandbox.world.misbehaviour.count("*statuses*", "POST") <= 1


def test_verdicts_follow_one_another(scene: Scene) -> None:
    found = scene.branch("own", {"a.bin": b"\0"})
    for state in ("pending", "failure", "pending", "success", "neutral", "success"):
        scene.forge.set_verdict(found, Verdict(VerdictState(state), f"it is {state}"))
    assert verdicts_on(scene, found.head)[0] == ("success", "it is success")


def test_a_verdict_that_is_pending_may_be_set_again_with_another_text(scene: Scene) -> None:
    found = scene.read()
    scene.forge.set_verdict(found, Verdict(VerdictState.PENDING, "looking"))
    scene.forge.set_verdict(found, Verdict(VerdictState.PENDING, "looking again"))
    assert len({state for state, _ in verdicts_on(scene, found.head)}) == 1


def test_an_overlong_title_is_cut_and_not_refused(scene: Scene) -> None:
    found = scene.read()
    verdict = Verdict(VerdictState.SUCCESS, "x" * 400, url="https://example.org/" + "y" * 400)
    scene.forge.set_verdict(found, verdict)
    scene.forge.set_verdict(found, verdict)
    assert len(verdicts_on(scene, found.head)) == 1


def test_who_may_not_push_may_not_judge(scene: Scene) -> None:
    found = scene.read()
    with pytest.raises(RefusedError):
        scene.stranger.set_verdict(found, Verdict(VerdictState.SUCCESS, "fine"))


def test_a_commit_that_gitlab_does_not_know_matters_in_the_project_itself_only(gitlab: Scene) -> None:
    found = replace(gitlab.read(), head="1" * 40)
    gitlab.forge.set_verdict(found, Verdict(VerdictState.SUCCESS, "fine"))
    with pytest.raises(NotFoundError):
        own = replace(found, source_repository_id=found.repository_id)
        gitlab.forge.set_verdict(own, Verdict(VerdictState.SUCCESS, "fine"))


def test_a_verdict_of_gitlab_is_told_from_one_on_another_branch(gitlab: Scene) -> None:
    found = gitlab.branch("own", {"a.bin": b"\0"})
    gitlab.world.verdicts.set_status(
        gitlab.repository, found.head, "weighbridge", "success", "alice", description="fine", ref="elsewhere"
    )
    gitlab.forge.set_verdict(found, Verdict(VerdictState.SUCCESS, "fine"))
    assert [one.ref for one in gitlab.world.verdicts.statuses_of(gitlab.repository, found.head)] == ["own", "elsewhere"]
