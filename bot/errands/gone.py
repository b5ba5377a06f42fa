"""A repository was deleted, or taken away from us."""

from __future__ import annotations

from bot.errands.desk import Desk
from bot.intake.events import RepositoryGone

KIND = RepositoryGone


def run(work: RepositoryGone, desk: Desk) -> str:
    """Its flags are open no longer; its history stays."""
    count = desk.store.close_repository(work.repository_key)
    return f"{count} open flags closed with it"
