"""The judgement: order, outcome, and that it depends on nothing but facts and policy."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.facts import (
    Artifact,
    ChangeStatus,
    Confidence,
    Detection,
    EvidenceKind,
    Facts,
    LicenseEvidence,
    LoadingSafety,
    LoadingVerdict,
    NotExamined,
)
from rules.findings import Judgement, Outcome, Severity
from rules.policy import load_policy, pack_policy
from rules.runner import judge

_STATEMENTS = ["apache-2.0", "llama3.1", "cc", "MIT OR CC-BY-NC-4.0", "", "(((", "other", "x" * 300, "MIT AND", "\x00"]

_EVIDENCE = st.builds(
    LicenseEvidence,
    kind=st.sampled_from(EvidenceKind),
    path=st.text(max_size=20),
    statement=st.sampled_from(_STATEMENTS) | st.text(max_size=40),
    line=st.none() | st.integers(1, 99),
    field=st.none() | st.text(max_size=5),
    name=st.none() | st.text(max_size=10),
    link=st.none() | st.text(max_size=10),
)

_ARTIFACTS = st.builds(
    Artifact,
    path=st.text(min_size=1, max_size=20),
    status=st.sampled_from(ChangeStatus),
    detection=st.builds(
        Detection,
        format=st.sampled_from(["safetensors", "pytorch-zip", "gguf"]),
        title=st.just("a format"),
        is_weight=st.booleans(),
        confidence=st.sampled_from(Confidence),
        loading=st.builds(LoadingVerdict, st.sampled_from(LoadingSafety), st.tuples(st.text(max_size=30))),
    ),
    size=st.integers(0, 2**45),
    size_in_git=st.integers(0, 2**30),
    oid=st.text("0123456789abcdef", min_size=40, max_size=40),
    evidence=st.lists(_EVIDENCE, max_size=4).map(tuple),
    expected_formats=st.sampled_from([(), ("safetensors",), ("gguf", "onnx")]),
)


@given(st.lists(_ARTIFACTS, max_size=4))
def test_judging_is_deterministic_and_never_raises(artifacts: list[Artifact]) -> None:
    facts = Facts(tuple(artifacts), len(artifacts))
    first, second = judge(facts, pack_policy()), judge(facts, pack_policy())
    assert first == second
    assert repr(first) == repr(second)


@given(st.lists(_ARTIFACTS, max_size=4), st.randoms())
def test_the_order_of_the_facts_changes_no_finding(artifacts: list[Artifact], shuffler: random.Random) -> None:
    unique = list({artifact.path: artifact for artifact in artifacts}.values())
    shuffled = list(unique)
    shuffler.shuffle(shuffled)
    straight = judge(Facts(tuple(unique), len(unique)), pack_policy())
    mixed = judge(Facts(tuple(shuffled), len(unique)), pack_policy())
    assert straight.findings == mixed.findings


@given(st.lists(_ARTIFACTS, max_size=4))
def test_no_text_of_a_finding_has_a_second_line(artifacts: list[Artifact]) -> None:
    for finding in judge(Facts(tuple(artifacts), len(artifacts)), pack_policy()).findings:
        for text in (finding.title, finding.why, *finding.remedy.steps, *finding.remedy.commands):
            assert len(text.splitlines()) == 1


@given(st.lists(_ARTIFACTS, max_size=3))
def test_each_rule_speaks_once_of_an_artifact_and_one_licence_rule_at_most_of_its_standing(
    artifacts: list[Artifact],
) -> None:
    unique = tuple({artifact.path: artifact for artifact in artifacts}.values())
    findings = judge(Facts(unique, len(unique)), pack_policy()).findings
    assert len({finding.fingerprint for finding in findings}) == len(findings)
    standing = {"license-missing", "license-only-from-repository", "license-unrecognised", "license-not-accepted"}
    of_standing = [finding.path for finding in findings if finding.rule in standing]
    assert len(set(of_standing)) == len(of_standing)


def test_findings_come_strongest_first_then_by_path_then_by_rule(
    judged: Callable[..., Judgement], artifact: Callable[..., Artifact]
) -> None:
    judgement = judged(
        artifact("b.safetensors", size=60 * 1024**2),
        artifact("a.safetensors", size=60 * 1024**2),
        artifact("c.safetensors", evidence=()),
    )
    assert [(finding.rule, finding.path) for finding in judgement.findings] == [
        ("license-missing", "c.safetensors"),
        ("artifact-too-large", "a.safetensors"),
        ("not-in-lfs", "a.safetensors"),
        ("artifact-too-large", "b.safetensors"),
        ("not-in-lfs", "b.safetensors"),
    ]
    assert judgement.outcome is Outcome.BLOCKED


def test_a_change_without_weights_passes(judged: Callable[..., Judgement]) -> None:
    judgement = judged()
    assert judgement.outcome is Outcome.PASS
    assert judgement.findings == ()


@pytest.mark.parametrize("change", [{"is_weight": False}, {"status": ChangeStatus.DELETED}])
def test_look_alikes_and_deleted_files_are_not_judged(
    judged: Callable[..., Judgement], artifact: Callable[..., Artifact], change: dict[str, object]
) -> None:
    assert judged(artifact(evidence=(), **change)).findings == ()


def test_a_file_that_was_not_examined_leaves_the_answer_open(judged: Callable[..., Judgement]) -> None:
    judgement = judged(not_examined=(NotExamined("big.bin", "The forge did not give its content."),))
    assert judgement.outcome is Outcome.UNDECIDED


def test_a_list_of_changes_that_is_not_complete_leaves_the_answer_open(judged: Callable[..., Judgement]) -> None:
    assert judged(not_examined=(NotExamined("", "3,000 of 5,000 files"),)).outcome is Outcome.UNDECIDED


def test_a_licence_that_could_not_be_looked_for_is_not_called_missing_for_sure(
    judged: Callable[..., Judgement], artifact: Callable[..., Artifact]
) -> None:
    unread = NotExamined("m.safetensors", "where its licence is stated could not be read")
    judgement = judged(artifact("m.safetensors", evidence=()), not_examined=(unread,))
    assert [(finding.rule, finding.severity) for finding in judgement.findings] == [
        ("license-missing", Severity.WARNING)
    ]
    assert judgement.outcome is Outcome.UNDECIDED


def test_what_was_found_in_a_half_read_artifact_blocks_all_the_same(
    judged: Callable[..., Judgement], artifact: Callable[..., Artifact]
) -> None:
    loading = LoadingVerdict(LoadingSafety.DANGEROUS, ("pickle calls posix.system",))
    unread = NotExamined("m.pt", "its second half could not be read")
    assert judged(artifact("m.pt", loading=loading), not_examined=(unread,)).outcome is Outcome.BLOCKED


def test_what_the_policy_ignores_need_not_be_examined(artifact: Callable[..., Artifact]) -> None:
    policy = load_policy(b"version: 1\nignore: ['vendor/**']\n", name="p")
    facts = Facts((), 1, (NotExamined("vendor/x.bin", "too large"),))
    assert judge(facts, policy).outcome is Outcome.PASS


def test_blocking_goes_before_undecided(judged: Callable[..., Judgement], artifact: Callable[..., Artifact]) -> None:
    judgement = judged(artifact(evidence=()), not_examined=(NotExamined("big.bin", "too large"),))
    assert judgement.outcome is Outcome.BLOCKED


def test_weights_that_are_only_possible_are_questioned_and_never_block(
    judged: Callable[..., Judgement], artifact: Callable[..., Artifact]
) -> None:
    judgement = judged(artifact(evidence=(), confidence=Confidence.POSSIBLE))
    assert [finding.severity for finding in judgement.findings] == [Severity.WARNING]
    assert judgement.outcome is Outcome.PASS
