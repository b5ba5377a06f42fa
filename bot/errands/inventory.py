"""A repository came to us: its open merge requests are judged."""

from __future__ import annotations

from bot.errands._open_ones import hand_on_open_ones
from bot.errands.desk import Desk
from bot.intake.events import InventoryRequested

KIND = InventoryRequested


def run(work: InventoryRequested, desk: Desk) -> str:
    """Hand on the reviews."""
    return hand_on_open_ones(work, desk)
