"""The installation of our App covers other repositories than before."""

from __future__ import annotations

from bot.errands.desk import Desk
from bot.intake.events import InventoryRequested, RepositoriesChanged, RepositoryGone

KIND = RepositoriesChanged


def run(work: RepositoriesChanged, desk: Desk) -> str:
    """Look at those that came, and close the flags of those that went."""
    for number, name in work.removed:
        desk.hand_on(RepositoryGone(work.forge, work.host, number, name, work.cause))
    for number, name in work.added:
        desk.hand_on(InventoryRequested(work.forge, work.host, number, name, work.cause))
    return f"{len(work.added)} repositories came, {len(work.removed)} went"
