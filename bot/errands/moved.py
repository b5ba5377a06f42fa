"""A repository has another name or owner."""

from __future__ import annotations

from bot.errands.desk import Desk
from bot.intake.events import RepositoryMoved

KIND = RepositoryMoved


def run(work: RepositoryMoved, desk: Desk) -> str:
    """Show what is known of it under its new name."""
    count = desk.store.rename_repository(work.repository_key, work.repository)
    return f"{count} merge requests are shown under {work.repository} now" if count else "nothing is known of it"
