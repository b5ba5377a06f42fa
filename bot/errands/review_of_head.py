"""Judge every open merge request that ends in a commit: somebody asked for its checks again."""

from __future__ import annotations

from bot.errands._open_ones import hand_on_open_ones
from bot.errands.desk import Desk
from bot.intake.events import HeadReviewRequested

KIND = HeadReviewRequested


def run(work: HeadReviewRequested, desk: Desk) -> str:
    """Hand on a review for each."""
    return hand_on_open_ones(work, desk, head=work.head)
