"""What a delivery means for us: a merge request to look at, or nothing, with the reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReviewRequested:
    """Something happened after which a merge request must be judged (again)."""

    forge: str
    host: str
    repository_id: str
    repository: str
    number: int
    head: str | None
    """Head commit as the delivery names it; the forge is asked again before anything is published."""
    cause: str
    """Event and action, for the deliveries page: `pull_request.synchronize`."""

    @property
    def merge_request_key(self) -> str:
        """Identity of the merge request: work on one key never overlaps."""
        return f"{self.forge}:{self.host}:{self.repository_id}:{self.number}"


@dataclass(frozen=True)
class Ignored:
    """A delivery that asks nothing of us."""

    reason: str
    """A clause for people: `branch protection was changed`."""


Event = ReviewRequested | Ignored
