"""What the review room remembers from one review to the next. Where it is kept is not its business."""

from __future__ import annotations

from typing import Protocol

from bot.store.records import KeptPolicy, Posted
from rules.facts import Growth, MergeRequest


class Memory(Protocol):
    """Keeps policies that could be used, and knows what was merged."""

    def last_policy(self, place: str) -> KeptPolicy | None:
        """The last policy of a place that could be used."""
        ...

    def keep_policy(self, place: str, policy: KeptPolicy | None) -> None:
        """Remember that a place has this policy now; with None, that it has none."""
        ...

    def growth(self, repository: str) -> Growth | None:
        """Bytes of weights that merge requests brought to a repository lately; None where none was ever judged."""
        ...

    def note_state(self, merge_request: MergeRequest) -> None:
        """A merge request is `closed` or `merged` now. Does nothing where it was never judged."""
        ...

    def posted(self, merge_request: str) -> Posted | None:
        """What we wrote on a merge request (its key); None where nothing is known."""
        ...

    def keep_posted(self, merge_request: str, posted: Posted) -> None:
        """Remember what we wrote."""
        ...


class Forgetful:
    """Remembers nothing: for reviews that are to leave no trace."""

    def last_policy(self, place: str) -> None:
        """None."""

    def keep_policy(self, place: str, policy: KeptPolicy | None) -> None:
        """Nothing is kept."""

    def growth(self, repository: str) -> None:
        """None."""

    def note_state(self, merge_request: MergeRequest) -> None:
        """Nothing is noted."""

    def posted(self, merge_request: str) -> None:
        """None."""

    def keep_posted(self, merge_request: str, posted: Posted) -> None:
        """Nothing is kept."""


def repository_key(merge_request: MergeRequest) -> str:
    """Identity of the target repository that survives renames: forge, host and id."""
    return merge_request.key.rpartition(":")[0]
