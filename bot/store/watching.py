"""What came from the forges and what may have been missed: the last deliveries, the repositories that are known."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from bot.store.models import DeliveryRow, InventoryRow, MergeRequestRow, NoteRow
from bot.store.records import KnownRepository

_CHUNK = 500
"""Values in one question; SQLite takes some thousands."""


def last_delivery(session: Session, forge: str) -> tuple[datetime, str] | None:
    """When the last webhook of a forge came, and its event; what an errand handed on has a slash in its id."""
    query = (
        select(DeliveryRow.received_at, DeliveryRow.event)
        .where(DeliveryRow.forge == forge, ~DeliveryRow.id.contains("/"))
        .order_by(DeliveryRow.sequence.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return (row[0], row[1]) if row is not None else None


def accepted(session: Session, ids: Collection[str]) -> frozenset[str]:
    """Those of the ids that a delivery was kept under."""
    wanted = sorted(ids)
    found: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        found.update(session.scalars(select(DeliveryRow.id).where(DeliveryRow.id.in_(chunk))))
    return frozenset(found)


def repositories(session: Session, forge: str, limit: int, host: str | None) -> Sequence[KnownRepository]:
    """The repositories of a forge, or of one host, in which something was judged or found, the busiest first."""
    judged = (
        select(func.max(MergeRequestRow.key), func.max(MergeRequestRow.judged_at))
        .where(MergeRequestRow.forge == forge, true() if host is None else MergeRequestRow.host == host)
        .group_by(MergeRequestRow.host, MergeRequestRow.repository)
        .order_by(func.max(MergeRequestRow.judged_at).desc())
        .limit(limit)
    )
    names: dict[str, KnownRepository] = {}
    for key, _ in session.execute(judged):
        row = session.scalar(select(MergeRequestRow).where(MergeRequestRow.key == key))
        if row is not None:
            place = key.rpartition(":")[0]
            names.setdefault(place, KnownRepository(forge, row.host, place.rpartition(":")[2], row.repository))
    listed = (
        select(InventoryRow)
        .where(InventoryRow.forge == forge, true() if host is None else InventoryRow.host == host)
        .order_by(InventoryRow.taken_at.desc())
    )
    for inventory in session.scalars(listed.limit(limit)):
        identity = inventory.repository_key.rpartition(":")[2]
        known = KnownRepository(forge, inventory.host, identity, inventory.repository)
        names.setdefault(inventory.repository_key, known)
    return list(names.values())[:limit]


def recall(session: Session, name: str) -> Any:
    """What was noted under a name, None where nothing was."""
    row = session.get(NoteRow, name)
    return json.loads(row.content) if row is not None else None


def remember(session: Session, name: str, value: Any, now: datetime) -> None:
    """Note something that JSON can hold."""
    session.merge(NoteRow(name=name, content=json.dumps(value), kept_at=now))
