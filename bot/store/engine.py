"""One engine for SQLite and Postgres, with the settings that make SQLite safe for several processes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

BUSY_TIMEOUT = 15_000
"""Milliseconds a SQLite connection waits for another's write to end before it gives up."""


def make_engine(database_url: str) -> Engine:
    """An engine whose transactions are durable once they are committed.

    On SQLite: write-ahead log, full synchronisation, and a transaction that will write takes the write lock when it
    begins (execution option `writes`), so that two writers wait for each other instead of failing.
    """
    engine = create_engine(database_url, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_connection)
        event.listen(engine, "begin", _begin)
    return engine


def _prepare_connection(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: it would begin them without the write lock.
    connection.isolation_level = None
    for pragma in (f"busy_timeout={BUSY_TIMEOUT}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
