"""Facts and a policy to a judgement. Pure: the same input gives the same output, byte for byte."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from rules.checks import Check, Problem, Subject, all_checks
from rules.facts import Artifact, ChangeStatus, Confidence, Facts
from rules.findings import Finding, Judgement, Outcome, Severity, Waived
from rules.policy import Policy
from rules.policy_file import Mode
from rules.subjects import View, views_of


def judge(facts: Facts, policy: Policy) -> Judgement:
    """What the policy makes of a change.

    Findings come strongest first, then by path, then by rule. The outcome is

    - BLOCKED where a finding blocks;
    - UNDECIDED where nothing blocks, but something was not examined that the policy does not ignore;
    - PASS otherwise, and always in observe mode.

    A rule is asked about artifacts that are surely enough weights (`RuleSetting.speaks_from`). A finding blocks
    only if the artifact is surely enough one (`Policy.block_from`) and, where it rests on something not having
    been found, only if the artifact and its surroundings were read in full; one that rests on a digest does so
    always. It is a warning at most otherwise.
    What a waiver covers today does not count and is told apart. What the baseline holds is not judged.
    A rule has one finding for a path, the strongest: the history may hold several versions of one file.
    """
    with _collector_paused():
        return _judged(facts, policy)


def _judged(facts: Facts, policy: Policy) -> Judgement:
    known: list[str] = []
    judged: list[Artifact] = []
    for artifact in facts.artifacts:
        if not _is_judged(artifact, policy):
            continue
        if policy.baseline.holds(artifact):
            known.append(artifact.path)
        else:
            judged.append(artifact)
    views = views_of(judged, facts, policy)
    kept: list[Finding] = []
    waived: list[Waived] = []
    for check in all_checks().values():
        for finding, about in _found(check, views, facts, policy):
            exception = _waived(finding, about, facts, policy) if policy.waivers else None
            if exception is None:
                kept.append(finding)
            else:
                waived.append(exception)
    kept.sort(key=_order)
    findings = _one_of_each(kept)
    observed = policy.mode is Mode.OBSERVE
    return Judgement(
        facts=facts,
        findings=findings,
        policy=policy.origin,
        outcome=Outcome.PASS if observed else _outcome(findings, facts, policy),
        observed=observed,
        waived=tuple(sorted(waived, key=lambda one: _order(one.finding))),
        known=tuple(sorted(known)),
        on_error=policy.on_error,
        threads_from=policy.threads_from,
        labels=policy.labels,
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep Python from looking for cycles: a judgement makes none, and each look goes through all the facts again.

    It takes a third of the time for thousands of artifacts.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


_Found: TypeAlias = tuple[Finding, Artifact | None]
"""A finding and what it is about."""


def _order(finding: Finding) -> tuple[int, str, str]:
    return -finding.severity, finding.path or "", finding.rule


def _one_of_each(ordered: Sequence[Finding]) -> tuple[Finding, ...]:
    """The first finding of each rule on each path."""
    first: dict[tuple[str, str | None], Finding] = {}
    for finding in ordered:
        first.setdefault((finding.rule, finding.path), finding)
    return tuple(first.values())


def _is_judged(artifact: Artifact, policy: Policy) -> bool:
    return (
        artifact.detection.is_weight
        and artifact.status is not ChangeStatus.DELETED
        and not policy.ignores(artifact.path)
    )


def _found(check: Check, views: Sequence[View], facts: Facts, policy: Policy) -> Iterator[_Found]:
    for problem, artifact, view, sure in _problems(check, views, facts, policy):
        finding = _weighed(check.id, problem, artifact, view, sure)
        if finding is not None:
            yield finding, artifact


def _problems(
    check: Check, views: Sequence[View], facts: Facts, policy: Policy
) -> Iterator[tuple[Problem, Artifact | None, Policy, bool]]:
    """What the rule says: of what, by which view of the policy, and whether it is sure of it."""
    on_artifact = check.on_artifact
    if on_artifact is not None:
        unread = {entry.path for entry in facts.not_examined}
        for view, subjects in views:
            options = view.setting(check.id).options
            for subject in _heard(check, view, subjects):
                problem = on_artifact(subject, options)
                if problem is not None:
                    artifact = subject.artifact
                    yield problem, artifact, view, not (problem.by_absence and artifact.path in unread)
    if check.on_past is not None:
        for artifact in facts.past:
            view = policy.for_artifact(artifact)
            setting = view.setting(check.id)
            if artifact.detection.confidence < setting.speaks_from or policy.ignores(artifact.path):
                continue
            if (problem := check.on_past(artifact, setting.options)) is not None:
                yield problem, artifact, view, True
    if check.on_change is not None:
        of_change = [subject for view, subjects in views for subject in _heard(check, view, subjects)]
        of_change.sort(key=lambda subject: subject.artifact.path)
        if (problem := check.on_change(of_change, policy.setting(check.id).options)) is not None:
            yield problem, None, policy, True


def _heard(check: Check, view: Policy, subjects: Sequence[Subject]) -> Sequence[Subject]:
    """Those of which the rule may speak: it is not switched off, and the detection is sure enough."""
    setting = view.setting(check.id)
    if not setting.speaks:
        return ()
    if setting.speaks_from is Confidence.POSSIBLE:
        return subjects
    return [subject for subject in subjects if subject.artifact.detection.confidence >= setting.speaks_from]


def _weighed(rule: str, problem: Problem, artifact: Artifact | None, policy: Policy, sure: bool) -> Finding | None:
    """The finding that a problem becomes by the policy; None where the policy switched it off."""
    weight = policy.setting(rule).weight_of(problem.case)
    severity = weight.severity
    if severity is None:
        return None
    if severity is Severity.BLOCKING and not (problem.is_exact or (sure and _may_block(artifact, policy))):
        severity = Severity.WARNING
    return Finding(
        rule=rule,
        severity=severity,
        path=artifact.path if artifact is not None else None,
        title=problem.title,
        why=problem.why,
        remedy=problem.remedy,
        citation=weight.citation,
        policy_line=weight.line,
        policy_source=weight.source,
        policy_url=weight.url,
    )


def _may_block(artifact: Artifact | None, policy: Policy) -> bool:
    return artifact is None or artifact.detection.confidence >= policy.block_from


def _waived(finding: Finding, artifact: Artifact | None, facts: Facts, policy: Policy) -> Waived | None:
    """The finding under the exception that covers it today; None where none does."""
    for waiver in policy.waivers:
        if waiver.covers(finding.rule, artifact, facts.today):
            return Waived(finding, waiver.reason, waiver.until, waiver.source, waiver.line)
    return None


def _outcome(findings: Sequence[Finding], facts: Facts, policy: Policy) -> Outcome:
    if any(finding.severity is Severity.BLOCKING for finding in findings):
        return Outcome.BLOCKED
    # A path that the policy ignores would not have been judged; anything else that was not looked at may hold
    # weights, or the licence of some, and is never shown as clean.
    if any(entry.decisive and not policy.ignores(entry.path) for entry in facts.not_examined):
        return Outcome.UNDECIDED
    return Outcome.PASS
