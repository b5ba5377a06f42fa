"""Which module does which work."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from bot.errands import gone, installation, inventory, moved, pushed, queue_entry, review, review_of_head
from bot.errands.desk import Desk
from bot.intake.events import Work

_ERRANDS: Mapping[type[Work], ModuleType] = {
    module.KIND: module
    for module in (gone, installation, inventory, moved, pushed, queue_entry, review, review_of_head)
}


def run(work: Work, desk: Desk) -> str:
    """Do the work; returns a clause for the deliveries page. Raises ForgeError."""
    return str(_ERRANDS[type(work)].run(work, desk))
