"""Reviews of several open merge requests of one repository."""

from __future__ import annotations

from bot.errands.desk import Desk
from bot.intake.events import BranchPushed, HeadReviewRequested, InventoryRequested, ReviewRequested


def hand_on_open_ones(
    work: BranchPushed | HeadReviewRequested | InventoryRequested,
    desk: Desk,
    *,
    branch: str | None = None,
    head: str | None = None,
) -> str:
    """Hand on a review of each, or of those into a branch, or of those that end in a commit; says how many.

    A call for each hundred. Raises ForgeError.
    """
    found = desk.forge(work.forge).open_merge_requests(work.repository_id, work.repository, branch)
    chosen = [one for one in found if head is None or one.head == head]
    if isinstance(work, InventoryRequested):
        judged = desk.store.judged_open(work.repository_key)
        chosen = [one for one in chosen if (one.number, one.head, one.target) not in judged]
    for one in chosen:
        desk.hand_on(
            ReviewRequested(
                forge=work.forge,
                host=work.host,
                repository_id=work.repository_id,
                repository=work.repository,
                cause=work.cause,
                number=one.number,
                head=one.head,
            )
        )
    return f"{len(chosen)} open merge request{'s' * (len(chosen) != 1)} to judge"
