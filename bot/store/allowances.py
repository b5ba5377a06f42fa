"""What is left of the requests that a forge allows, and when it wants to be left alone: shared by all workers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.store.models import AllowanceRow
from bot.store.records import Allowance


def of(session: Session, account: str) -> Allowance:
    """What is known of an account; nothing is known of one that never asked."""
    row = session.get(AllowanceRow, account)
    return Allowance() if row is None else Allowance(row.allowed, row.remaining, row.anew_at, row.not_before)


def note(session: Session, account: str, told: Allowance) -> None:
    """Take in what an answer told. Of two moments before which nothing is asked, the later one counts."""
    row = session.get(AllowanceRow, account, with_for_update=True) or AllowanceRow(account=account)
    if told.remaining is not None:
        row.allowed, row.remaining, row.anew_at = told.allowed, told.remaining, told.anew_at
    row.not_before = _later(row.not_before, told.not_before)
    session.add(row)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one is not None and other is not None else one or other
