"""What holds for some weights only: scopes by path, confidence and status of the file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rules.facts import Artifact, ChangeStatus, Confidence, EvidenceKind, Facts
from rules.findings import Finding, Outcome, Severity
from rules.policy import Policy, PolicyError, load_policy
from rules.runner import judge

FindingOf = Callable[..., Finding | None]


def _policy(text: str) -> Policy:
    return load_policy(f"version: 1\n{text}".encode(), name=".weighbridge.yml", url="https://forge/p")


VENDORED = """\
scopes:
  - name: vendored
    paths: third_party/**
    except: [third_party/ours/**]
    rules: {license-missing: info}
"""


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("third_party/a/model.pt", Severity.INFO),
        ("third_party/ours/model.pt", Severity.BLOCKING),
        ("models/model.pt", Severity.BLOCKING),
    ],
)
def test_a_scope_holds_where_its_paths_say(
    path: str, severity: Severity, finding_of: FindingOf, artifact: Callable[..., Artifact]
) -> None:
    finding = finding_of("license-missing", artifact(path, evidence=()), policy=_policy(VENDORED))
    assert finding is not None
    assert finding.severity is severity


def test_a_finding_names_the_line_in_the_scope_that_set_it(
    finding_of: FindingOf, artifact: Callable[..., Artifact]
) -> None:
    finding = finding_of("license-missing", artifact("third_party/a.pt", evidence=()), policy=_policy(VENDORED))
    assert finding is not None
    assert (finding.policy_source, finding.policy_line) == (".weighbridge.yml", 6)
    assert finding.citation is not None and finding.citation.title == ".weighbridge.yml"


def test_a_scope_can_be_for_what_is_only_possible(finding_of: FindingOf, artifact: Callable[..., Artifact]) -> None:
    policy = _policy("scopes: [{confidence: possible, rules: {license-missing: off}}]")
    assert finding_of("license-missing", artifact(evidence=(), confidence=Confidence.POSSIBLE), policy=policy) is None
    assert finding_of("license-missing", artifact(evidence=()), policy=policy) is not None


def test_a_scope_can_be_for_files_that_were_only_changed(
    finding_of: FindingOf, artifact: Callable[..., Artifact]
) -> None:
    policy = _policy("scopes: [{status: [modified, renamed], rules: {license-missing: warning}}]")
    changed = finding_of("license-missing", artifact(evidence=(), status=ChangeStatus.MODIFIED), policy=policy)
    added = finding_of("license-missing", artifact(evidence=()), policy=policy)
    assert changed is not None and changed.severity is Severity.WARNING
    assert added is not None and added.severity is Severity.BLOCKING


def test_a_later_scope_goes_before_an_earlier_one(finding_of: FindingOf, artifact: Callable[..., Artifact]) -> None:
    policy = _policy(
        "rules: {license-missing: info}\n"
        "scopes:\n"
        "  - {paths: '**', rules: {license-missing: warning}}\n"
        "  - {paths: 'models/**', rules: {license-missing: blocking}}\n"
    )
    inside = finding_of("license-missing", artifact("models/a.pt", evidence=()), policy=policy)
    outside = finding_of("license-missing", artifact("other/a.pt", evidence=()), policy=policy)
    assert inside is not None and inside.severity is Severity.BLOCKING
    assert outside is not None and outside.severity is Severity.WARNING


def test_a_scope_has_licence_lists_of_its_own(
    artifact: Callable[..., Artifact], evidence: Callable[..., object]
) -> None:

    policy = _policy("scopes: [{paths: research/**, licenses: {accept: [non-commercial]}}]")
    said = (evidence(EvidenceKind.MODEL_CARD, "cc-by-nc-4.0"),)
    judged = [
        judge(Facts((artifact(path, evidence=said),), 1), policy).outcome for path in ("research/a.pt", "models/a.pt")
    ]
    assert judged == [Outcome.PASS, Outcome.BLOCKED]


def test_a_rule_on_the_whole_change_does_not_count_what_a_scope_lets_pass(
    finding_of: FindingOf, artifact: Callable[..., Artifact]
) -> None:
    large = [artifact(f"data/{number}.pt", size=150 * 1024**2) for number in range(2)]
    assert finding_of("merge-request-too-large", *large) is not None
    policy = _policy("scopes: [{paths: data/**, rules: {merge-request-too-large: off}}]")
    assert finding_of("merge-request-too-large", *large, policy=policy) is None


def test_a_rule_speaks_where_only_a_scope_switches_it_on() -> None:
    policy = _policy("rules: {not-in-lfs: off}\nscopes: [{paths: a/**, rules: {not-in-lfs: info}}]")
    assert policy.speaks("not-in-lfs")
    assert not _policy("rules: {not-in-lfs: off}").speaks("not-in-lfs")


def test_a_scope_without_a_condition_is_a_mistake() -> None:
    with pytest.raises(PolicyError, match=r"weighbridge.yml:3: scopes.0: A scope needs"):
        _policy("scopes:\n  - rules: {not-in-lfs: off}\n")


def test_mistakes_in_a_scope_are_told_with_their_line() -> None:
    with pytest.raises(PolicyError) as caught:
        _policy("scopes:\n  - paths: a\n    rules:\n      not-in-lsf: off\n    licenses: {accept: [MTI]}\n")
    unknown_license, unknown_rule = sorted(caught.value.problems, key=lambda problem: problem.key)
    assert (unknown_rule.line, unknown_rule.key) == (5, "scopes.0.rules.not-in-lsf")
    assert "Did you mean `not-in-lfs`?" in unknown_rule.message
    assert (unknown_license.line, unknown_license.key) == (6, "scopes.0.licenses.accept.0")
