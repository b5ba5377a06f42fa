"""Alive is not ready: ready needs the database, its tables and a worker."""

from __future__ import annotations

from typing import Any

from bot.store.store import Store


def test_alive_without_a_worker_but_not_ready(post: Any, store: Store) -> None:
    assert post.client.get("/healthz").json == {"status": "alive"}
    answer = post.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "not ready", "database": True, "tables": True, "worker": False}
    store.beat("worker-1")
    assert post.client.get("/readyz").status_code == 200
