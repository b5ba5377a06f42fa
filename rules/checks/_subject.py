"""What a rule is given and what it answers."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable
from dataclasses import dataclass, field

from rules.facts import Approval, Artifact, ChangeStatus, Growth, MergeRequest
from rules.findings import Remedy
from rules.licenses import License, LicenseConclusion


class Standing(enum.Enum):
    """How well the licence of an artifact is known. Each artifact has one, so one licence rule at most asks for it."""

    MISSING = enum.auto()
    """No place states a licence."""
    REPOSITORY_ONLY = enum.auto()
    """Only the repository's own licence could be meant."""
    UNRECOGNISED = enum.auto()
    """The strongest statement names no licence that the catalogue knows."""
    STATED = enum.auto()


@dataclass(frozen=True)
class Refusal:
    """A licence that the policy does not accept."""

    license: License
    denied: bool
    """True where the policy denies it by name, category or view; False where nothing in the policy accepts it."""
    to_review: bool = False
    """True where the policy leaves it to a person."""


@dataclass(frozen=True)
class Subject:
    """One artifact with what was concluded about it before the rules run."""

    artifact: Artifact
    conclusion: LicenseConclusion
    acceptable: bool = False
    """True where the policy accepts the licence that was concluded."""
    refusals: tuple[Refusal, ...] = ()
    """Licences of the conclusion that stand in the way; empty where it is acceptable or none of it is known."""
    accepted: tuple[str, ...] = ()
    """What the policy accepts, in its own words: SPDX ids, categories, views."""
    conflict_is_decisive: bool = False
    """True where the policy would accept one of several conflicting statements and not another."""
    merge_request: MergeRequest | None = None
    reviewable: bool = False
    """True where the policy would accept the licence that was concluded, if a person agrees."""
    accepts: Callable[[License], bool] = field(default=lambda _: False, compare=False)
    """Whether the policy accepts a licence for this artifact."""
    twins: tuple[str, ...] = ()
    """Paths of all artifacts of the change with these bytes, this one too, in order; empty where it is the only one."""
    approvals: tuple[Approval, ...] | None = None
    """Who approved the merge request; None where that is not known."""
    growth: Growth | None = None
    """What merged merge requests brought lately; None where nobody has counted."""

    @functools.cached_property
    def standing(self) -> Standing:
        """How well its licence is known."""
        conclusion = self.conclusion
        if not conclusion.evidence:
            return Standing.MISSING
        if conclusion.only_from_repository:
            return Standing.REPOSITORY_ONLY
        strongest_unknown = min((evidence.kind for evidence in conclusion.unrecognised), default=None)
        if conclusion.expression is None or conclusion.source is None:
            return Standing.UNRECOGNISED
        if strongest_unknown is not None and strongest_unknown < conclusion.source.kind:
            return Standing.UNRECOGNISED
        return Standing.STATED

    @property
    def brings_bytes(self) -> bool:
        """False where the change only moves a file, so that nothing is added to the repository."""
        return self.artifact.status is not ChangeStatus.RENAMED


@dataclass(frozen=True)
class Problem:
    """What is wrong, why it matters and what to do: a finding without the policy's part of it."""

    title: str
    why: str
    remedy: Remedy
    case: str | None = None
    """One of the rule's CASES."""
    by_absence: bool = False
    """True where it rests on something not having been found, so that it holds only if everything was looked at."""
    is_exact: bool = False
    """True where a digest tells the bytes, so that it holds however unsure it is what kind of file they are."""
