"""What stands on the forge after each review: nothing twice or stale, nobody told twice, nobody left untold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.forges.protocol import Comment, NotFoundError, UnavailableError
from bot.reports.markdown import MARKER, is_summary
from bot.reports.threads import NOTE_MARKER, fingerprint_in
from bot.review.threads import THREADS_LIMIT

MODEL = "m/model.safetensors"
POLICY = ".weighbridge.yml"


def notes(desk: Any) -> list[str]:
    return [comment.body for comment in desk.forge.comments if not is_summary(comment.body)]


def written(desk: Any) -> list[str]:
    """The calls that write, since the last time."""
    verbs = ("create", "update", "delete", "open", "settle", "reopen", "change_labels")
    calls = [call for call in desk.forge.calls if call.startswith(verbs)]
    desk.forge.calls.clear()
    return calls


def test_a_new_merge_request_is_written_on_without_looking_for_anything(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    desk.reviewer.review(desk.request)
    assert not {"own_comments", "own_threads"} & set(desk.forge.calls)
    assert written(desk) == ["create_comment", "open_thread"]
    desk.reviewer.review(desk.request)
    assert written(desk) == []


def test_a_blocking_finding_has_a_thread_on_its_file_that_leads_to_the_summary(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    desk.reviewer.review(desk.request)
    (thread,) = desk.forge.threads.values()
    (summary,) = desk.forge.comments
    assert (thread.path, thread.settled) == (MODEL, False)
    assert summary.url in thread.body
    assert "Rule: `license-missing`" in thread.body
    assert fingerprint_in(thread.body) == desk.recorded[-1].findings[0].fingerprint
    assert notes(desk) == [], "the summary and the thread are new, and tell of it already"


def test_a_thread_is_settled_with_its_finding_and_comes_back_with_one_note(
    desk: Any, weights: bytes, card: bytes
) -> None:
    desk.forge.files = {MODEL: weights}
    desk.reviewer.review(desk.request)
    desk.forge.push(**{"m/README.md": card})
    desk.reviewer.review(desk.request)
    (thread,) = desk.forge.threads.values()
    assert thread.settled
    assert f"Settled as of commit `{desk.forge.head[:12]}`" in thread.body
    desk.forge.push(**{"m/README.md": None})
    desk.reviewer.review(desk.request)
    (thread,) = desk.forge.threads.values()
    assert not thread.settled
    assert "Settled" not in thread.body
    (note,) = notes(desk)
    assert note.startswith(NOTE_MARKER)
    assert f"1 new problem blocks this; the [summary]({desk.forge.comments[0].url})" in note
    written(desk)
    desk.reviewer.review(desk.request)
    assert written(desk) == []


def test_what_blocks_anew_gets_a_thread_and_people_are_told_once(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    desk.reviewer.review(desk.request)
    desk.forge.push(**{"m/other.safetensors": weights[:-4] + b"more"})
    written(desk)
    desk.reviewer.review(desk.request)
    assert written(desk) == ["update_comment", "open_thread"]
    assert notes(desk) == []


def test_where_the_forge_takes_no_thread_a_note_tells_of_what_is_new(desk: Any, weights: bytes) -> None:
    desk.forge.capabilities = replace(desk.forge.capabilities, threads=False)
    desk.forge.files = {"main.py": b"print()", MODEL: weights}
    desk.reviewer.review(desk.request)
    assert notes(desk) == []
    desk.forge.push(**{"m/other.safetensors": weights[:-4] + b"more"})
    desk.reviewer.review(desk.request)
    (note,) = notes(desk)
    assert "`m/other.safetensors`" in note
    assert MODEL not in note
    assert desk.forge.threads == {}


def test_a_place_outside_the_change_is_tried_once_and_told_in_a_note(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    desk.reviewer.review(desk.request)
    other = "m/other.safetensors"
    desk.forge.refuses_threads_on = (other,)
    desk.forge.push(**{other: weights[:-4] + b"more"})
    desk.reviewer.review(desk.request)
    assert other in notes(desk)[0]
    written(desk)
    desk.forge.push(**{"notes.txt": b"words"})
    desk.reviewer.review(desk.request)
    assert written(desk) == ["update_comment"], "the commit it names is another, and nothing else is new"


def test_no_more_threads_than_people_can_bear(desk: Any, weights: bytes) -> None:
    desk.forge.files = {f"m/{number}.safetensors": weights[:-4] + b"%04d" % number for number in range(30)}
    desk.reviewer.review(desk.request)
    assert len(desk.forge.threads) == THREADS_LIMIT


@pytest.mark.parametrize(("level", "threads"), [("off", 0), ("blocking", 1), ("info", 2)])
def test_the_policy_says_what_gets_a_thread(desk: Any, weights: bytes, level: str, threads: int) -> None:
    desk.forge.files = {MODEL: weights}
    rules = "rules: {license-missing: blocking, checksum-missing: off, origin-missing: info, model-card-missing: off}"
    desk.forge.base_files = {POLICY: f"version: 1\nextends: guix\nthreads: {level}\n{rules}\n".encode()}
    desk.reviewer.review(desk.request)
    assert len(desk.forge.threads) == threads


def test_observing_holds_nothing_up_and_tells_nobody_apart(desk: Any, weights: bytes) -> None:
    desk.forge.base_files = {POLICY: b"version: 1\nmode: observe\n"}
    desk.forge.files = {MODEL: weights}
    desk.reviewer.review(desk.request)
    desk.forge.push(**{"m/other.safetensors": weights[:-4] + b"more"})
    desk.reviewer.review(desk.request)
    assert desk.forge.threads == {}
    assert notes(desk) == []


def test_a_mistake_in_a_proposed_policy_is_told_on_its_line(desk: Any) -> None:
    desk.forge.files = {POLICY: b"version: 1\nruels: {}\n"}
    desk.reviewer.review(desk.request)
    (thread,) = desk.forge.threads.values()
    assert thread.path == POLICY
    assert "`ruels`" in thread.body
    desk.forge.push(**{POLICY: b"version: 1\n"})
    desk.reviewer.review(desk.request)
    assert [one.settled for one in desk.forge.threads.values()] == [True]


def test_labels_follow_the_judgement_and_those_of_people_stay(desk: Any, weights: bytes, card: bytes) -> None:
    desk.forge.labels = {"needs review"}
    desk.forge.base_files = {POLICY: b"version: 1\nlabels: {weights: models, blocked: stop}\n"}
    desk.forge.files = {MODEL: weights}
    desk.reviewer.review(desk.request)
    assert desk.forge.labels == {"needs review", "models", "stop"}
    desk.forge.push(**{"m/README.md": card})
    desk.reviewer.review(desk.request)
    assert desk.forge.labels == {"needs review", "models"}
    desk.forge.push(**{MODEL: None})
    desk.reviewer.review(desk.request)
    assert desk.forge.labels == {"needs review"}


def test_a_summary_that_somebody_deleted_stays_away_until_there_is_something_new(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    desk.reviewer.review(desk.request)
    desk.forge.comments.clear()
    for text in (b"words", b"more words"):
        desk.forge.push(**{"notes.txt": text})
        desk.reviewer.review(desk.request)
        assert desk.forge.comments == []
    desk.forge.push(**{"m/other.safetensors": weights[:-4] + b"more"})
    desk.reviewer.review(desk.request)
    assert "m/other.safetensors" in desk.comment


def test_a_thread_that_somebody_deleted_is_opened_anew_only_when_it_is_needed_again(
    desk: Any, weights: bytes, card: bytes
) -> None:
    desk.forge.files = {MODEL: weights}
    desk.reviewer.review(desk.request)
    desk.forge.threads.clear()
    desk.reviewer.review(desk.request)
    assert desk.forge.threads == {}
    desk.forge.push(**{"m/README.md": card})
    desk.reviewer.review(desk.request)
    desk.forge.push(**{"m/README.md": None})
    desk.reviewer.review(desk.request)
    assert len(desk.forge.threads) == 1


@pytest.mark.parametrize("call", ["create_comment", "open_thread", "change_labels", "set_verdict"])
def test_a_death_at_any_write_leaves_nothing_twice(desk: Any, weights: bytes, call: str) -> None:
    """The forge has written and the worker dies before it can remember it."""
    desk.forge.base_files = {POLICY: b"version: 1\nlabels: {weights: models}\n"}
    desk.forge.files = {MODEL: weights}
    real = getattr(desk.forge, call)

    def dies(*arguments: Any, **named: Any) -> Any:
        real(*arguments, **named)
        raise UnavailableError("the worker is gone")

    setattr(desk.forge, call, dies)
    with pytest.raises(UnavailableError):
        desk.reviewer.review(desk.request)
    setattr(desk.forge, call, real)
    desk.reviewer.review(desk.request)
    assert len(desk.forge.comments) == 1
    assert len(desk.forge.threads) == 1
    assert desk.forge.labels == {"models"}
    assert MODEL in desk.comment


def test_with_a_new_database_what_is_there_is_found_and_taken_up(desk: Any, weights: bytes, card: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    desk.reviewer.review(desk.request)
    desk.memory.written.clear()
    desk.reviewer.review(desk.pushed())
    assert len(desk.forge.comments) == 1
    assert len(desk.forge.threads) == 1
    desk.memory.written.clear()
    desk.forge.push(**{"m/README.md": card})
    desk.reviewer.review(desk.pushed())
    assert [one.settled for one in desk.forge.threads.values()] == [True]


def test_a_marker_in_the_comment_of_somebody_else_is_not_ours(desk: Any, weights: bytes) -> None:
    """`own_comments` gives only those of our own identity; one that another wrote cannot be edited."""
    desk.forge.files = {MODEL: weights}
    foreign = Comment("7", f"{MARKER}\nall is well", "u")
    desk.forge.own_comments = lambda _merge_request: ()
    desk.forge.comments.append(foreign)

    def update(*_: Any) -> Comment:
        raise NotFoundError("not ours")

    desk.forge.update_comment = update
    desk.reviewer.review(desk.pushed())
    assert desk.forge.comments[0] == foreign
    assert len(desk.forge.comments) == 2


def test_no_line_of_ours_is_a_command_to_gitlab(desk: Any, weights: bytes) -> None:
    path = "m\n/merge\n/approve.safetensors"
    desk.forge.files = {path: weights}
    desk.reviewer.review(desk.request)
    desk.forge.push(**{"m\n/close.safetensors": weights[:-4] + b"more"})
    desk.forge.capabilities = replace(desk.forge.capabilities, threads=False)
    desk.reviewer.review(desk.request)
    bodies = [comment.body for comment in desk.forge.comments] + [one.body for one in desk.forge.threads.values()]
    assert len(bodies) == 3
    assert not any(line.startswith("/") for body in bodies for line in body.splitlines())
