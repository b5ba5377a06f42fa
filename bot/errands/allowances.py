"""When the next call to a forge may be made: one answer for all workers, since the forge counts them together.

A refusal with a time to wait holds for everybody until then. What is left of a window of time is kept for people who
wait: below a fifth of it, work that nobody waits for pauses until the next window.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.forges.protocol import Forge, Metered
from bot.instances import instances_of
from bot.intake.events import BranchPushed, HeadReviewRequested, QueueEntryRequested, ReviewRequested, Work
from bot.settings import Settings
from bot.store.records import Allowance
from bot.store.store import Store

RESERVE = 0.2
"""Share of a window's requests that is kept for the merge requests at which something just happened."""
_WAITED_FOR = ("pull_request", "merge_request", "check_", "issue_comment", "note")
"""How the causes of such work begin."""


def account_of(forge: str, repository: str, settings: Settings, host: str = "") -> str:
    """Whom the forge counts requests for: the installation at the repository's owner, or the account of the token."""
    known = instances_of(forge, settings)
    name = forge if len(known) == 1 else f"{forge}@{host}"
    if any(one.app_id is not None for one in known if len(known) == 1 or one.host == host):
        return f"{name}:{repository.partition('/')[0].lower()}"
    return name


def account_for(work: Work, settings: Settings) -> str:
    """The same for the work of a delivery."""
    repository = getattr(work, "repository", None) or f"{getattr(work, 'owner', '')}/"
    return account_of(work.forge, repository, settings, work.host)


def is_waited_for(work: Work) -> bool:
    """False for an inventory, a backfill, and what a new policy makes of all open merge requests."""
    if isinstance(work, QueueEntryRequested | HeadReviewRequested):
        return True
    return isinstance(work, ReviewRequested | BranchPushed) and work.cause.startswith(_WAITED_FOR)


def pause(store: Store, account: str, *, is_waited_for: bool, now: datetime | None = None) -> float:
    """Seconds until a call may be made; zero where it may be made now. Raises StoreError."""
    now, known = now or datetime.now(UTC), store.allowance(account)
    moments = [known.not_before] if known.not_before is not None else []
    scarce = known.remaining is not None and known.remaining <= RESERVE * (known.allowed or 0)
    if scarce and known.anew_at is not None and (known.remaining == 0 or not is_waited_for):
        moments.append(known.anew_at)
    return max((moment - now).total_seconds() for moment in (*moments, now))


def note(store: Store, account: str, forge: Forge, repository: str, retry_after: float | None = None) -> None:
    """Remember what the forge's answers told of it. Raises StoreError."""
    quota = forge.quota(repository) if isinstance(forge, Metered) else None
    refused = datetime.now(UTC) + timedelta(seconds=retry_after) if retry_after is not None else None
    if quota is None and refused is None:
        return
    told = Allowance(not_before=refused)
    if quota is not None:
        told = Allowance(quota.allowed, quota.remaining, quota.anew_at, refused)
    store.note_allowance(account, told)
