"""Exceptions from single rules, for a time, that somebody answers for."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from rules.facts import Artifact
from rules.globs import matches


@dataclass(frozen=True)
class Waiver:
    """One exception: for weights that fit all of what it names; for the change where the rule is about all of it."""

    rule: str
    reason: str
    until: datetime.date
    """The last day on which it holds."""
    path: str | None = None
    """A glob of `rules.globs`."""
    sha256: str | None = None
    """Of the weights, in lower case: the waiver moves with them and falls when they change."""
    source: str = ""
    """Where it is written."""
    line: int | None = None

    def covers(self, rule: str, artifact: Artifact | None, today: datetime.date | None) -> bool:
        """True where a finding of this rule on this artifact, or on the whole change (None), does not count today.

        Without a day nothing is covered: an exception that has run out must not hold by accident.
        """
        if rule != self.rule or today is None or today > self.until:
            return False
        if artifact is None:
            return self.is_for_change
        return (self.path is None or matches(artifact.path, self.path)) and (
            self.sha256 is None or self.sha256 == artifact.sha256
        )

    @property
    def is_for_change(self) -> bool:
        """True where it names no weights: the rule speaks of the merge request as a whole."""
        return self.path is None and self.sha256 is None

    @property
    def subject(self) -> str:
        """What it is for, for people."""
        if self.is_for_change:
            return "the whole change"
        digest = f"sha256 {self.sha256}" if self.sha256 else ""
        return " with ".join(each for each in (self.path, digest) if each)

    def has_ended(self, today: datetime.date | None) -> bool:
        """True from the day after its last."""
        return today is not None and today > self.until
