"""Judge a commit that a merge queue made."""

from __future__ import annotations

from bot.errands.desk import Desk
from bot.intake.events import QueueEntryRequested

KIND = QueueEntryRequested


def run(work: QueueEntryRequested, desk: Desk) -> str:
    """Set the verdict on it. Its merge requests have their comments already."""
    return desk.reviewer(work.forge).review_queue_entry(work).remark
