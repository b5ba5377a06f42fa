"""What weights lie in the repositories."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from bot.store.models import HoldingRow, InventoryRow
from bot.store.records import Holding, Inventory

_OF_REPOSITORY = ("repository_key", "forge", "host", "repository", "branch", "commit", "files", "remark")


def keep(session: Session, inventory: Inventory, now: datetime) -> None:
    """Put an inventory in the place of the repository's last one."""
    row = session.get(InventoryRow, inventory.repository_key) or InventoryRow()
    for name in _OF_REPOSITORY:
        setattr(row, name, getattr(inventory, name))
    row.taken_at = now
    row.holdings = [HoldingRow(**dataclasses.asdict(holding)) for holding in inventory.holdings]
    session.add(row)


def of(session: Session, repository_key: str) -> Inventory | None:
    """The last inventory of a repository."""
    row = session.get(InventoryRow, repository_key, options=[selectinload(InventoryRow.holdings)])
    return _record(row) if row is not None else None


def all_of(session: Session, limit: int) -> Sequence[Inventory]:
    """The inventories, by forge and name."""
    query = select(InventoryRow).options(selectinload(InventoryRow.holdings))
    query = query.order_by(InventoryRow.forge, InventoryRow.host, InventoryRow.repository).limit(limit)
    return [_record(row) for row in session.scalars(query)]


def _record(row: InventoryRow) -> Inventory:
    names = [field.name for field in dataclasses.fields(Holding)]
    holdings = tuple(Holding(**{name: getattr(one, name) for name in names}) for one in row.holdings)
    return Inventory(**{name: getattr(row, name) for name in _OF_REPOSITORY}, holdings=holdings, taken_at=row.taken_at)
