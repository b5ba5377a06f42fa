"""Artifacts before their judge: each with what was concluded about it, under the policy as it is for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from rules.checks import Refusal, Subject
from rules.facts import Artifact, Facts
from rules.licenses import License, LicenseConclusion, acceptance, conclude
from rules.policy import Policy
from rules.policy_licenses import Ruling

View: TypeAlias = tuple[Policy, list[Subject]]
"""What a policy, as it is for some weights, has to judge."""


def views_of(artifacts: Sequence[Artifact], facts: Facts, policy: Policy) -> Sequence[View]:
    """The artifacts under each view of the policy: there are as few views as combinations of scopes."""
    twins = _twins(artifacts)
    views: dict[int, tuple[_Licences, list[Subject]]] = {}
    for artifact in artifacts:
        scoped = policy.for_artifact(artifact)
        known = views.get(id(scoped))
        if known is None:
            known = views[id(scoped)] = (_Licences(scoped), [])
        licences, subjects = known
        subjects.append(_subject(artifact, twins.get(_content(artifact), ()), facts, licences))
    return tuple((licences.policy, subjects) for licences, subjects in views.values())


def _twins(artifacts: Sequence[Artifact]) -> Mapping[str, tuple[str, ...]]:
    """The paths of each content that several artifacts hold."""
    paths: defaultdict[str, list[str]] = defaultdict(list)
    for artifact in artifacts:
        paths[_content(artifact)].append(artifact.path)
    return {content: tuple(sorted(named)) for content, named in paths.items() if len(named) > 1}


def _content(artifact: Artifact) -> str:
    return artifact.sha256 or artifact.oid


class _Answer(NamedTuple):
    """What a policy says to a licence that was concluded."""

    acceptable: bool = False
    reviewable: bool = False
    refusals: tuple[Refusal, ...] = ()


class _Licences:
    """What one view of the policy says to licences; thousands of artifacts share a few."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.accepted = policy.accepted_words
        self._answers: dict[str | None, _Answer] = {None: _Answer()}

    def answer_to(self, expression: str | None) -> _Answer:
        """What it says to an expression; to weights without one it says no."""
        answer = self._answers.get(expression)
        if answer is None:
            answer = self._answers[expression] = self._asked(expression or "")
        return answer

    def _asked(self, expression: str) -> _Answer:
        said = self.policy.answer_to(expression)
        return _Answer(
            acceptable=said.accepted,
            reviewable=said.accepted or acceptance(expression, self.policy.may_accept).accepted,
            refusals=tuple(self._refusal(one) for one in said.refused),
        )

    def _refusal(self, license_: License) -> Refusal:
        ruling = self.policy.rule_on(license_)
        return Refusal(license_, denied=ruling is Ruling.DENIED, to_review=ruling is Ruling.TO_REVIEW)

    def is_decisive(self, conclusion: LicenseConclusion) -> bool:
        """True where it would accept one of the conflicting statements and not another."""
        if not conclusion.conflicts:
            return False
        stated = {conclusion.expression, *(expression for _, expression in conclusion.conflicts)}
        return len({self.answer_to(expression).acceptable for expression in stated if expression}) > 1


def _subject(artifact: Artifact, twins: tuple[str, ...], facts: Facts, licences: _Licences) -> Subject:
    conclusion = conclude(artifact.evidence)
    answer = licences.answer_to(conclusion.expression)
    return Subject(
        artifact=artifact,
        conclusion=conclusion,
        acceptable=answer.acceptable,
        reviewable=answer.reviewable,
        refusals=answer.refusals,
        conflict_is_decisive=licences.is_decisive(conclusion),
        accepted=licences.accepted,
        accepts=licences.policy.accepts,
        merge_request=facts.merge_request,
        twins=twins,
        approvals=facts.approvals,
        growth=facts.growth,
    )
