"""Threads on files, labels, annotations and verdicts that others set, as each forge has them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.forges.protocol import Annotation, Level, NotFoundError, NotInChangeError, Verdict, VerdictState

Scene = Any
WEIGHTS = "models/tiny one.bin"
FLAG = "<!-- weighbridge:flag v1 0123456789abcdef -->\n**Blocks**\n"


@pytest.fixture
def threaded(scene: Scene) -> Scene:
    if not scene.forge.capabilities.threads:
        pytest.skip("this forge has no threads that could be settled")
    return scene


def first_note(scene: Scene) -> Any:
    notes = [note for note in scene.world.conversation.of(scene.pull) if note.body.startswith("<!-- weighbridge:flag")]
    return notes[0]


def is_resolved(scene: Scene) -> bool:
    return first_note(scene).resolved_by is not None


def test_a_thread_stands_on_its_file_and_is_found_again(threaded: Scene) -> None:
    found = threaded.read()
    threaded.world.comment(threaded.pull, FLAG, "stranger")
    opened = threaded.forge.open_thread(found, WEIGHTS, FLAG)
    assert (opened.path, opened.settled) == (WEIGHTS, False)
    (again,) = threaded.forge.own_threads(found)
    assert (again.id, again.body.strip(), again.path, again.settled) == (opened.id, FLAG.strip(), WEIGHTS, False)


def test_a_thread_is_settled_and_opened_again(threaded: Scene) -> None:
    found = threaded.read()
    opened = threaded.forge.open_thread(found, WEIGHTS, FLAG)
    threaded.forge.settle_thread(found, opened.id, FLAG + "Settled.")
    (settled,) = threaded.forge.own_threads(found)
    assert settled.settled
    assert "Settled." in settled.body
    # An App that may only read contents cannot resolve on GitHub; there the text alone says it.
    assert is_resolved(threaded) is (threaded.kind != "github-app")
    threaded.forge.reopen_thread(found, opened.id, FLAG)
    (open_again,) = threaded.forge.own_threads(found)
    assert not open_again.settled
    assert not is_resolved(threaded)


def test_a_thread_that_somebody_deleted_is_not_found(threaded: Scene) -> None:
    found = threaded.read()
    opened = threaded.forge.open_thread(found, WEIGHTS, FLAG)
    threaded.world.conversation.delete(first_note(threaded), "alice")
    with pytest.raises(NotFoundError):
        threaded.forge.settle_thread(found, opened.id, FLAG)
    assert threaded.forge.own_threads(found) == []


def test_a_line_that_the_change_adds_can_have_a_thread(threaded: Scene) -> None:
    found = threaded.read()
    opened = threaded.forge.open_thread(found, "README.md", FLAG, 3)
    assert opened.path == "README.md"
    assert first_note(threaded).line == 3


def test_github_takes_no_comment_outside_the_change(github: Scene) -> None:
    with pytest.raises(NotInChangeError):
        github.forge.open_thread(github.read(), "empty.txt", FLAG)


@pytest.mark.parametrize("place", [("empty.txt", None), ("README.md", 900)])
def test_on_gitlab_a_thread_is_opened_in_any_case_since_it_holds_the_merge(
    gitlab: Scene, place: tuple[str, int | None]
) -> None:
    gitlab.forge.open_thread(gitlab.read(), place[0], FLAG, place[1])
    assert first_note(gitlab).resolvable


def test_labels_come_and_go_and_those_of_people_stay(scene: Scene) -> None:
    found = scene.read()
    scene.world.label(scene.pull, add=["theirs"])
    scene.forge.change_labels(found, ["model weights", "blocked"], [])
    scene.forge.change_labels(found, ["blocked"], ["model weights", "never there"])
    assert scene.pull.labels == ["theirs", "blocked"]


def test_a_verdict_that_somebody_else_set_in_our_name_is_replaced(scene: Scene) -> None:
    if scene.kind == "github-app":
        pytest.skip("only the App itself can set its check run")
    found = scene.branch("own", {"a.bin": b"\0"})
    ours = Verdict(VerdictState.SUCCESS, "fine")
    scene.forge.set_verdict(found, ours, first=True)
    scene.world.verdicts.set_status(
        scene.repository, found.head, "weighbridge", "success", "alice", description="fine", ref=found.source_branch
    )
    scene.forge.set_verdict(found, ours)
    newest = scene.world.verdicts.statuses_of(scene.repository, found.head)[0]
    assert newest.creator == scene.me


def test_verdicts_of_two_names_stand_beside_each_other(scene: Scene) -> None:
    found = scene.branch("own", {"a.bin": b"\0"})
    for name in ("weighbridge", "weighbridge (models)"):
        scene.forge.set_verdict(found, Verdict(VerdictState.SUCCESS, "fine", name=name))
    if scene.kind == "github-app":
        names = [run.name for run in scene.world.verdicts.check_runs_of(scene.repository, found.head)]
    else:
        names = [one.context for one in scene.world.verdicts.statuses_of(scene.repository, found.head)]
    assert sorted(names) == ["weighbridge", "weighbridge (models)"]


def test_a_check_run_shows_its_annotations_fifty_a_request_and_offers_another_look(github: Scene) -> None:
    if github.kind != "github-app":
        pytest.skip("only an App has check runs")
    found = github.read()
    remarks = tuple(
        Annotation(f"m/{number}.bin", Level.FAILURE, "no licence", "nobody says what it is under")
        for number in range(120)
    )
    github.forge.set_verdict(found, Verdict(VerdictState.FAILURE, "120 problems", annotations=remarks), first=True)
    (run,) = github.world.verdicts.check_runs_of(github.repository, found.head)
    assert [row["path"] for row in run.annotations] == [remark.path for remark in remarks]
    assert github.world.misbehaviour.count("*check-runs*") == 3
    github.forge.set_verdict(found, Verdict(VerdictState.SUCCESS, "fine"))
    newest = github.world.verdicts.check_runs_of(github.repository, found.head)[-1]
    assert (newest.conclusion, newest.annotations) == ("success", [])
