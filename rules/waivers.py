"""Exceptions from single rules, for a time, that somebody answers for."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from rules.facts import Artifact
from rules.globs import matches


@dataclass(frozen=True)
class Waiver:
    """One exception. It holds for weights that fit all of what it names."""

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

    def covers(self, rule: str, artifact: Artifact, today: datetime.date | None) -> bool:
        """True where a finding of this rule on this artifact does not count today.

        Without a day nothing is covered: an exception that has run out must not hold by accident.
        """
        return (
            rule == self.rule
            and today is not None
            and today <= self.until
            and (self.path is None or matches(artifact.path, self.path))
            and (self.sha256 is None or self.sha256 == artifact.sha256)
        )

    def has_ended(self, today: datetime.date | None) -> bool:
        """True from the day after its last."""
        return today is not None and today > self.until
