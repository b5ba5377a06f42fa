"""Stories about pointers that lead nowhere, and about weights that only the history still holds."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from rules.facts import Artifact, Confidence, LoadingSafety, LoadingVerdict, Part, Pointer
from rules.findings import Finding, Judgement, Outcome, Severity

MIB = 1024**2
Find = Callable[..., Finding | None]
Make = Callable[..., Artifact]


def _pointing(fault: str | None = None, kind: str = "git-lfs", *, disagrees: bool = False) -> Pointer:
    return Pointer(kind, "sha256", "ab" * 32, MIB, fault=fault, disagrees=disagrees)


def test_a_pointer_without_a_fault_is_let_pass(finding_of: Find, artifact: Make) -> None:
    assert finding_of("pointer-broken", artifact(in_lfs=True)) is None
    assert finding_of("pointer-broken", artifact()) is None


def test_a_pointer_whose_object_was_never_pushed_is_a_warning_with_the_commands(
    finding_of: Find, artifact: Make
) -> None:
    finding = finding_of("pointer-broken", artifact(pointer=_pointing("the server has no such object")))
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert finding.why.startswith("The server has no such object.")
    assert "git lfs push --all origin HEAD" in finding.remedy.commands


def test_other_content_than_the_pointer_names_blocks_and_says_whose_idea_that_is(
    finding_of: Find, artifact: Make
) -> None:
    fault = "it names sha256 abababababab, and what is stored has 0123456789ab"
    finding = finding_of("pointer-broken", artifact(pointer=_pointing(fault, disagrees=True)))
    assert finding is not None
    assert finding.severity is Severity.BLOCKING
    assert finding.citation is not None
    assert "addition of Weighbridge" in (finding.citation.note or "")


def test_a_shard_with_another_content_is_found_among_those_that_are_only_missing(
    finding_of: Find, artifact: Make
) -> None:
    parts = (
        Part("m/2.bin", MIB, 130, "2" * 40, pointer=_pointing("it is missing")),
        Part("m/3.bin", MIB, 130, "3" * 40, pointer=_pointing("it is another one", disagrees=True)),
    )
    finding = finding_of("pointer-broken", artifact(parts=parts, size=3 * MIB))
    assert finding is not None
    assert "`m/3.bin`: it is another one." in finding.why
    assert "1 more of its files" in finding.why


def test_a_damaged_pointer_is_to_be_written_anew_and_nothing_else_is_said_of_it(
    judged: Callable[..., Judgement], artifact: Make
) -> None:
    pointer = Pointer("git-lfs", "sha256", "", None, fault="its line `size` is missing")
    unread = LoadingVerdict(LoadingSafety.UNKNOWN, ("its content could not be read",))
    (finding,) = judged(artifact(pointer=pointer, loading=unread, confidence=Confidence.POSSIBLE)).findings
    assert finding.title == "The Git LFS pointer is damaged"
    assert "Add the weights themselves again" in finding.remedy.steps[0]
    assert finding.remedy.commands == ()


@pytest.mark.parametrize("kind", ["git-annex", "dvc", "xet", "something-new"])
def test_every_store_has_a_way_to_mend_it(finding_of: Find, artifact: Make, kind: str) -> None:
    finding = finding_of("pointer-broken", artifact(pointer=_pointing("it is damaged", kind)))
    assert finding is not None
    assert finding.remedy.steps


def test_weights_that_were_removed_again_are_a_warning_that_says_how_to_get_rid_of_them(
    judged: Callable[..., Judgement], artifact: Make
) -> None:
    past = dataclasses.replace(artifact("old.pt", size=180 * MIB), commit="4f1c2d3e5b6a" + "0" * 28)
    judgement = judged(past=(past,))
    (finding,) = judgement.findings
    assert (finding.rule, finding.path, finding.severity) == ("weight-in-history", "old.pt", Severity.WARNING)
    assert finding.title == "180 MiB of weights were removed again and stay in the history"
    assert "Commit `4f1c2d3e5b6a` brings them." in finding.why
    assert finding.remedy.commands[0] == "git rebase --interactive 4f1c2d3e5b6a^"
    assert judgement.outcome is Outcome.PASS


def test_pointers_that_were_removed_again_leave_nothing_behind(
    judged: Callable[..., Judgement], artifact: Make
) -> None:
    assert judged(past=(artifact(in_lfs=True),)).findings == ()


def test_what_is_only_possibly_weights_never_blocks_even_where_the_case_would(finding_of: Find, artifact: Make) -> None:
    pointer = _pointing("it is another one", disagrees=True)
    finding = finding_of("pointer-broken", artifact(pointer=pointer, confidence=Confidence.POSSIBLE))
    assert finding is not None
    assert finding.severity is Severity.WARNING
