"""Nobody answers the webhooks while a merge request comes; a worker judges it all the same."""

from __future__ import annotations

from typing import Any

from bot.store.records import Inventory


def test_a_merge_request_that_nobody_told_of_is_judged(line: Any) -> None:
    repository = line.repository("gitlab")
    line.store.migrate()
    key = f"gitlab:127.0.0.1:{repository.id}"
    line.store.keep_inventory(
        Inventory(key, "gitlab", "127.0.0.1", repository.full_name, "main", "a" * 40, files=1, holdings=())
    )
    missed = line.propose(repository, {"m/model.bin": b"no weights at all"})
    line.world.webhooks.wait_all()
    line.start_worker(CATCH_UP_EVERY="1h")
    line.until(lambda: line.status(missed) is not None, "the merge request is judged")
