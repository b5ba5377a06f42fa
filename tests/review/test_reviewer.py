from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from bot.forges.protocol import Comment, ForgeError, NotFoundError, RefusedError, UnavailableError, VerdictState
from bot.reports.markdown import MARKER
from bot.review import reviewer as module
from bot.scanner.advisories import AdvisoryIndex
from rules.facts import Approval
from rules.findings import Outcome
from rules.policy import pack_policy
from rules.surroundings import Advisory

MODEL = "m/model.safetensors"


def test_a_merge_request_without_weights_gets_a_green_verdict_no_comment_and_few_calls(desk: Any) -> None:
    desk.forge.files = {"main.py": b"print()", "notes.txt": b"words"}
    outcome = desk.reviewer.review(desk.request)
    assert outcome.outcome is Outcome.PASS
    assert outcome.published
    assert desk.forge.comments == []
    assert desk.verdict.state is VerdictState.SUCCESS
    assert desk.verdict.title == "No model weights in this merge request"
    calls = [call for call in desk.forge.calls if call not in {"record", "read_other_file"}]
    assert calls == ["merge_request", "changes", "read_file", "merge_request", "set_verdict"]


def test_weights_without_a_licence_are_blocked_with_one_comment_and_a_red_verdict(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    outcome = desk.reviewer.review(desk.request)
    assert outcome.outcome is Outcome.BLOCKED
    assert outcome.head == desk.forge.head
    assert desk.verdict.state is VerdictState.FAILURE
    assert desk.verdict.title == "1 problem blocks this merge request"
    assert desk.verdict.url == "https://github.example/comment/1"
    assert desk.comment.startswith(MARKER)
    assert "`license-missing`" in desk.comment
    assert desk.recorded[0].facts.merge_request.number == 1


def test_weights_with_an_accepted_licence_pass_and_are_named(desk: Any, weights: bytes, card: bytes) -> None:
    desk.forge.files = {MODEL: weights, "m/README.md": card}
    assert desk.reviewer.review(desk.request).outcome is Outcome.PASS
    assert desk.verdict.state is VerdictState.SUCCESS
    assert desk.verdict.title == "1 weight file checked, nothing blocks"
    assert f"`{MODEL}`" in desk.comment


def test_a_judgement_is_recorded_before_anything_is_published(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    desk.reviewer.review(desk.request)
    calls = desk.forge.calls
    assert calls.index("record") < calls.index("create_comment") < calls.index("set_verdict")


def test_a_second_run_writes_nothing_anew(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    desk.reviewer.review(desk.request)
    before = desk.comment
    desk.forge.calls.clear()
    desk.reviewer.review(desk.request)
    assert "create_comment" not in desk.forge.calls
    assert "update_comment" not in desk.forge.calls
    assert desk.comment == before


def test_the_comment_is_edited_to_all_clear_when_a_later_push_states_the_licence(
    desk: Any, weights: bytes, card: bytes
) -> None:
    desk.forge.files = {MODEL: weights}
    desk.reviewer.review(desk.request)
    desk.forge.push(**{"m/README.md": card})
    desk.reviewer.review(desk.request)
    assert "all clear" in desk.comment
    assert desk.verdict.state is VerdictState.SUCCESS
    first = desk.comment
    desk.reviewer.review(desk.request)
    assert desk.comment == first, "it stays all clear, run after run"
    desk.forge.push(**{"m/README.md": None})
    desk.reviewer.review(desk.request)
    assert "blocks this merge request" in desk.comment


def test_the_comment_says_so_when_the_weights_are_gone(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    desk.reviewer.review(desk.request)
    desk.forge.push(**{MODEL: None})
    desk.reviewer.review(desk.request)
    assert "brings no model weights any more" in desk.comment
    assert desk.verdict.title == "No model weights in this merge request"


def test_duplicates_of_the_summary_are_healed_and_other_comments_left_alone(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    old = Comment("90", f"{MARKER}\nolder", "u")
    said = Comment("91", "an answer to a command", "u")
    twin = Comment("92", f"{MARKER}\r\ntwin", "u")
    desk.forge.comments = [old, said, twin]
    desk.reviewer.review(desk.pushed())
    assert [comment.id for comment in desk.forge.comments] == ["90", "91"]
    assert "license-missing" in desk.forge.comments[0].body
    assert desk.forge.comments[1] == said


def test_a_comment_deleted_at_the_last_moment_is_written_anew(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    desk.forge.comments = [Comment("90", f"{MARKER}\nolder", "u")]
    desk.forge.before["update_comment"] = desk.forge.comments.clear
    desk.reviewer.review(desk.pushed())
    assert "license-missing" in desk.comment


def test_a_push_during_the_review_makes_its_result_void(desk: Any, weights: bytes, card: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    stale = desk.forge.head

    def push_once() -> None:
        desk.forge.before.clear()
        desk.forge.push(**{"m/README.md": card})

    desk.forge.before["read_file"] = push_once
    outcome = desk.reviewer.review(desk.request)
    assert outcome.head == desk.forge.head != stale
    assert outcome.outcome is Outcome.PASS
    assert stale not in desk.forge.verdicts
    assert [judgement.facts.merge_request.head for judgement in desk.recorded] == [desk.forge.head]


def test_somebody_who_pushes_without_end_does_not_hold_the_worker(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    desk.forge.before["read_file"] = desk.forge.push
    outcome = desk.reviewer.review(desk.request)
    assert not outcome.published
    assert desk.forge.calls.count("changes") == module.ATTEMPTS
    assert desk.recorded == []
    assert desk.forge.verdicts == {}


@pytest.mark.parametrize("state", ["closed", "merged"])
def test_what_is_closed_or_merged_is_left_alone(desk: Any, weights: bytes, state: str) -> None:
    desk.forge.files = {MODEL: weights}
    desk.forge.state = state
    outcome = desk.reviewer.review(desk.request)
    assert not outcome.published
    assert outcome.remark == f"the merge request is {state}"
    assert desk.forge.verdicts == {}


def test_a_merge_during_the_review_is_noticed(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    desk.forge.before["read_file"] = lambda: setattr(desk.forge, "state", "merged")
    assert not desk.reviewer.review(desk.request).published
    assert desk.forge.comments == []


def test_the_policy_of_the_target_branch_rules(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights, ".weighbridge.yml": b"version: 1\nignore: ['**']\n"}
    desk.forge.base_files = {".weighbridge.yml": b"version: 1\nmode: observe\n"}
    outcome = desk.reviewer.review(desk.request)
    assert outcome.outcome is Outcome.PASS
    assert "would block" in desk.comment
    assert "the version on the target branch counts" in desk.comment
    assert "at commit `bbbbbbbbbbbb`" in desk.comment


@pytest.mark.parametrize("content", [b"sevrity: 3\n", b"version: 1\nrules: {license-mising: off}\n", b"\xff\xfe", b"["])
def test_a_broken_policy_is_replaced_by_the_default_and_the_comment_says_so(
    desk: Any, weights: bytes, content: bytes
) -> None:
    desk.forge.files = {MODEL: weights}
    desk.forge.base_files = {".weighbridge.yml": content}
    assert desk.reviewer.review(desk.request).outcome is Outcome.BLOCKED
    assert "`.weighbridge.yml` on the target branch could not be used" in desk.comment


def test_a_policy_that_cannot_be_had_is_not_passed_over_in_silence(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    desk.forge.read_error = ForgeError(".weighbridge.yml has more than 262,144 bytes")
    desk.reviewer.review(desk.request)
    assert "more than 262,144 bytes" in desk.comment


def test_try_again_later_is_raised_with_nothing_published(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    desk.forge.read_error = UnavailableError("rate limit", retry_after=30)
    with pytest.raises(UnavailableError):
        desk.reviewer.review(desk.request)
    assert desk.forge.verdicts == {}
    assert desk.forge.comments == []


def test_a_merge_request_that_is_gone_is_remarked_on(desk: Any) -> None:
    def gone() -> None:
        raise NotFoundError("there is no lab/voices#1, or it is hidden from us")

    desk.forge.before["merge_request"] = gone
    outcome = desk.reviewer.review(desk.request)
    assert not outcome.published
    assert "hidden from us" in outcome.remark


def test_what_the_forge_refuses_ends_in_a_neutral_verdict_never_a_red_one(desk: Any) -> None:
    def refused() -> None:
        raise RefusedError("403: contents:read is missing")

    desk.forge.before["changes"] = refused
    outcome = desk.reviewer.review(desk.request)
    assert outcome.outcome is None
    assert desk.verdict.state is VerdictState.NEUTRAL
    assert desk.verdict.title == "Could not evaluate: 403: contents:read is missing"
    desk.forge.before["set_verdict"] = refused
    assert desk.reviewer.review(desk.request).remark == "403: contents:read is missing"


def test_giving_up_is_neutral_and_its_title_fits_every_forge(desk: Any) -> None:
    desk.reviewer.give_up(desk.request, "the forge did not answer\n" * 20)
    assert desk.verdict.state is VerdictState.NEUTRAL
    assert len(desk.verdict.title) <= 140
    assert "\n" not in desk.verdict.title


def test_weights_that_could_not_be_read_are_neither_green_nor_red(desk: Any) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 7000000\n".encode()
    desk.forge.files = {"data.bin": pointer}
    assert desk.reviewer.review(desk.request).outcome is Outcome.UNDECIDED
    assert desk.verdict.state is VerdictState.NEUTRAL
    assert "### Not looked at" in desk.comment


def test_a_policy_may_want_red_for_what_could_not_be_judged_even_while_it_cannot_be_read(desk: Any) -> None:
    desk.forge.base_files[".weighbridge.yml"] = b"version: 1\non-error: fail\n"
    desk.forge.files = {
        "data.bin": f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 7\n".encode()
    }
    assert desk.reviewer.review(desk.request).outcome is Outcome.UNDECIDED
    assert desk.verdict.state is VerdictState.FAILURE
    desk.forge.push()
    desk.forge.read_error = UnavailableError("the forge is down")
    desk.reviewer.give_up(desk.request, "the forge is down")
    assert (desk.verdict.state, desk.verdict.title) == (VerdictState.FAILURE, "Could not evaluate: the forge is down")


def test_the_dashboard_is_linked_where_there_is_one(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    reviewer = module.Reviewer(desk.forge, desk.recorded.append, pack_policy(), _address)
    reviewer.review(desk.request)
    assert "(https://weighbridge.example/7/1)" in desk.comment
    assert desk.verdict.url == "https://weighbridge.example/7/1"


def _address(merge_request: Any) -> str:
    return f"https://weighbridge.example/{merge_request.repository_id}/{merge_request.number}"


def test_a_verdict_already_there_for_an_older_head_is_left_as_it_was(desk: Any, weights: bytes, card: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    desk.reviewer.review(desk.request)
    old = desk.forge.head
    desk.forge.push(**{"m/README.md": card})
    desk.reviewer.review(replace(desk.request, head=old))
    assert desk.forge.verdicts[old].state is VerdictState.FAILURE
    assert desk.verdict.state is VerdictState.SUCCESS


ASKS = b"version: 1\nrules: {review-missing: {severity: blocking, options: {from: [grace, '@lab/voices']}}}\n"


def test_who_approved_is_asked_for_only_where_the_policy_wants_it_of_weights(
    desk: Any, weights: bytes, card: bytes
) -> None:
    desk.forge.files = {MODEL: weights, "m/README.md": card}
    desk.reviewer.review(desk.request)
    assert "approvals" not in desk.forge.calls
    desk.forge.base_files = {".weighbridge.yml": ASKS}
    desk.forge.files = {"main.py": b"print()"}
    desk.reviewer.review(desk.request)
    assert "approvals" not in desk.forge.calls


def test_an_approval_opens_the_gate(desk: Any, weights: bytes, card: bytes) -> None:
    desk.forge.files = {MODEL: weights, "m/README.md": card}
    desk.forge.base_files = {".weighbridge.yml": ASKS}
    assert desk.reviewer.review(desk.request).outcome is Outcome.BLOCKED
    assert "One person has to approve these weights" in desk.comment
    assert desk.forge.asked_teams == ("lab/voices",)
    desk.forge.approved = (Approval("grace"),)
    assert desk.reviewer.review(desk.request).outcome is Outcome.PASS


def test_approvals_that_cannot_be_read_are_no_approvals(desk: Any, weights: bytes, card: bytes) -> None:
    desk.forge.files = {MODEL: weights, "m/README.md": card}
    desk.forge.base_files = {".weighbridge.yml": ASKS}
    desk.forge.approved = None
    assert desk.reviewer.review(desk.request).outcome is Outcome.BLOCKED
    assert "could not be read" in desk.comment


def test_weights_that_somebody_warns_of_are_blocked(desk: Any, weights: bytes, card: bytes) -> None:
    desk.forge.files = {MODEL: weights, "m/README.md": card}
    warning = Advisory("WB-2026-1", "Opens a shell", source="feed.json")
    known = AdvisoryIndex({hashlib.sha256(weights).hexdigest(): (warning,)})
    reviewer = module.Reviewer(desk.forge, desk.recorded.append, pack_policy(), advisories=known)
    assert reviewer.review(desk.request).outcome is Outcome.BLOCKED
    assert "`WB-2026-1` (`feed.json`): `Opens a shell`." in desk.comment
