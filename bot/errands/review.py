"""Judge one merge request."""

from __future__ import annotations

from bot.errands.desk import Desk
from bot.intake.events import ReviewRequested

KIND = ReviewRequested


def run(work: ReviewRequested, desk: Desk) -> str:
    """Judge it as it is now."""
    return desk.reviewer(work.forge).review(work, desk.is_superseded).remark
