"""What an errand may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.forges.protocol import Forge
from bot.intake.events import Work
from bot.review.reviewer import Reviewer
from bot.store.store import Store


@dataclass(frozen=True)
class Desk:
    """The rooms an errand goes to."""

    store: Store
    forge: Callable[[str], Forge]
    """The client of a forge by its name. Raises ForgeError where there are no credentials for it."""
    reviewer: Callable[[str], Reviewer]
    """The reviewer of a forge by its name. Raises ForgeError likewise."""
    hand_on: Callable[[Work], None]
    """Queue more work; the same work handed on again by the same errand is queued once."""
    is_superseded: Callable[[], bool]
    """Whether a later delivery for the same merge request waits for its review."""
    policy_repository: str
    """Name of the repository that holds an organisation's policy; empty or `off` for none."""
