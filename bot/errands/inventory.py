"""A repository came to us: what lies in it is looked through, and its open merge requests are judged."""

from __future__ import annotations

from bot.errands._open_ones import hand_on_open_ones
from bot.errands.desk import Desk
from bot.intake.events import InventoryRequested
from bot.review import inventory

KIND = InventoryRequested


def run(work: InventoryRequested, desk: Desk) -> str:
    """Look it through, unless that was done at this very commit, and hand on the reviews."""
    forge = desk.forge(work.forge)
    tip = forge.tip(work.repository_id, work.repository)
    if tip is None:
        return "it is empty"
    known = desk.store.inventory(work.repository_key)
    if known is None or known.commit != tip.commit:
        known = inventory.take(forge, work.host, tip)
        desk.store.keep_inventory(known)
    count = len(known.holdings)
    told = f"{count} model{'s' * (count != 1)} among {known.files:,} files"
    return f"{told}; {hand_on_open_ones(work, desk)}"
