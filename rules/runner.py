"""Facts and a policy to a judgement. Pure: the same input gives the same output, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.checks import Check, Problem, Refusal, Subject, all_checks
from rules.facts import Artifact, ChangeStatus, Facts
from rules.findings import Finding, Judgement, Outcome, Severity
from rules.licenses import Acceptance, LicenseConclusion, acceptance, conclude
from rules.policy import Policy
from rules.policy_file import Mode
from rules.policy_licenses import Ruling


def judge(facts: Facts, policy: Policy) -> Judgement:
    """What the policy makes of a change.

    Findings come strongest first, then by path, then by rule. The outcome is

    - BLOCKED where a finding blocks;
    - UNDECIDED where nothing blocks, but something was not examined that the policy does not ignore;
    - PASS otherwise, and always in observe mode.

    A rule is asked about artifacts that are surely enough weights (`RuleSetting.speaks_from`). A finding blocks
    only if the artifact is surely enough one (`Policy.block_from`) and, where it rests on something not having
    been found, only if the artifact and its surroundings were read in full. It is a warning at most otherwise.
    """
    subjects = [_subject(artifact, facts, policy) for artifact in facts.artifacts if _is_judged(artifact, policy)]
    findings = [finding for check in all_checks().values() for finding in _findings(check, subjects, facts, policy)]
    findings.sort(key=lambda finding: (-finding.severity, finding.path or "", finding.rule))
    observed = policy.mode is Mode.OBSERVE
    return Judgement(
        facts=facts,
        findings=tuple(findings),
        policy=policy.origin,
        outcome=Outcome.PASS if observed else _outcome(findings, facts, policy),
        observed=observed,
    )


def _is_judged(artifact: Artifact, policy: Policy) -> bool:
    return (
        artifact.detection.is_weight
        and artifact.status is not ChangeStatus.DELETED
        and not policy.ignores(artifact.path)
    )


def _subject(artifact: Artifact, facts: Facts, policy: Policy) -> Subject:
    conclusion = conclude(artifact.evidence)
    answer = acceptance(conclusion.expression, policy.accepts) if conclusion.expression else Acceptance(False)
    return Subject(
        artifact=artifact,
        conclusion=conclusion,
        acceptable=answer.accepted,
        refusals=tuple(Refusal(one, policy.rule_on(one) is Ruling.DENIED) for one in answer.refused),
        conflict_is_decisive=_conflict_is_decisive(conclusion, policy),
        accepted=policy.accepted_words,
        merge_request=facts.merge_request,
    )


def _conflict_is_decisive(conclusion: LicenseConclusion, policy: Policy) -> bool:
    stated = {conclusion.expression, *(expression for _, expression in conclusion.conflicts)}
    return len({acceptance(expression, policy.accepts).accepted for expression in stated if expression}) > 1


def _findings(check: Check, subjects: Sequence[Subject], facts: Facts, policy: Policy) -> Iterator[Finding]:
    setting = policy.setting(check.id)
    options = setting.options
    subjects = [one for one in subjects if one.artifact.detection.confidence >= setting.speaks_from]
    if check.on_artifact is not None:
        unread = {entry.path for entry in facts.not_examined}
        for subject in subjects:
            problem = check.on_artifact(subject, options)
            if problem is not None:
                artifact = subject.artifact
                sure = artifact.detection.confidence >= policy.block_from
                sure = sure and not (problem.by_absence and artifact.path in unread)
                yield from _weighed(
                    check.id, problem, artifact.path, policy, Severity.BLOCKING if sure else Severity.WARNING
                )
    if check.on_past is not None:
        for artifact in facts.past:
            known = artifact.detection.confidence >= setting.speaks_from
            if (
                known
                and not policy.ignores(artifact.path)
                and (problem := check.on_past(artifact, options)) is not None
            ):
                sure = artifact.detection.confidence >= policy.block_from
                yield from _weighed(
                    check.id, problem, artifact.path, policy, Severity.BLOCKING if sure else Severity.WARNING
                )
    if check.on_change is not None and (problem := check.on_change(subjects, options)) is not None:
        yield from _weighed(check.id, problem, None, policy, Severity.BLOCKING)


def _weighed(rule: str, problem: Problem, path: str | None, policy: Policy, at_most: Severity) -> Iterator[Finding]:
    """The finding that a problem becomes by the policy; none where the policy switched it off."""
    weight = policy.setting(rule).weight_of(problem.case)
    if weight.severity is None:
        return
    yield Finding(
        rule=rule,
        severity=min(weight.severity, at_most),
        path=path,
        title=problem.title,
        why=problem.why,
        remedy=problem.remedy,
        citation=weight.citation,
        policy_line=weight.line,
    )


def _outcome(findings: Sequence[Finding], facts: Facts, policy: Policy) -> Outcome:
    if any(finding.severity is Severity.BLOCKING for finding in findings):
        return Outcome.BLOCKED
    # A path that the policy ignores would not have been judged; anything else that was not looked at may hold
    # weights, or the licence of some, and is never shown as clean.
    if any(entry.decisive and not policy.ignores(entry.path) for entry in facts.not_examined):
        return Outcome.UNDECIDED
    return Outcome.PASS
