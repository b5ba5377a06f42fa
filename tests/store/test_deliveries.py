"""A delivery is kept once, handed on in order, and finished."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.store.records import Delivery, DeliveryState
from bot.store.store import Store, StoreError

MakeDelivery = Callable[..., Delivery]


def test_a_delivery_is_accepted_once(store: Store, delivery: MakeDelivery) -> None:
    assert store.accept(delivery("one"))
    assert not store.accept(delivery("one"))
    assert [kept.id for kept in store.undispatched(10)] == ["github:one"]


def test_what_comes_out_is_what_went_in(store: Store, delivery: MakeDelivery) -> None:
    store.accept(delivery("one"))
    assert store.undispatched(1) == [delivery("one")]


def test_deliveries_are_handed_on_in_the_order_they_came(store: Store, delivery: MakeDelivery) -> None:
    for name in ("c", "a", "b"):
        store.accept(delivery(name))
    store.mark_dispatched("github:c")
    assert [kept.id for kept in store.undispatched(10)] == ["github:a", "github:b"]
    assert [kept.id for kept in store.undispatched(1)] == ["github:a"]


def test_an_ignored_delivery_is_kept_but_never_handed_on(store: Store, delivery: MakeDelivery) -> None:
    store.accept(delivery("one", DeliveryState.IGNORED))
    assert store.undispatched(10) == []
    assert [kept.state for _, kept in store.deliveries()] == [DeliveryState.IGNORED]


def test_a_job_that_finished_before_it_was_marked_stays_finished(store: Store, delivery: MakeDelivery) -> None:
    store.accept(delivery("one"))
    store.finish("github:one", "judged: pass")
    store.mark_dispatched("github:one")
    [(_, kept)] = store.deliveries()
    assert (kept.state, kept.remark) == (DeliveryState.DONE, "judged: pass")


def test_a_delivery_is_superseded_by_a_later_one_of_its_merge_request_that_still_waits(
    store: Store, delivery: MakeDelivery
) -> None:
    store.accept(delivery("first"))
    store.accept(delivery("other", key="github:h:1:2"))
    assert not store.is_superseded("github:first")
    store.accept(delivery("second"))
    assert store.is_superseded("github:first")
    assert not store.is_superseded("github:second")
    store.finish("github:second", "judged: pass")
    assert not store.is_superseded("github:first")


def test_the_pages_of_deliveries_join_without_a_gap(store: Store, delivery: MakeDelivery) -> None:
    for number in range(5):
        store.accept(delivery(str(number)))
    first = store.deliveries(3)
    rest = store.deliveries(3, before=first[-1][0])
    assert [kept.id for _, kept in (*first, *rest)] == [f"github:{number}" for number in (4, 3, 2, 1, 0)]


def test_workers_that_fell_silent_are_not_counted(store: Store, clock: Callable[[], object]) -> None:
    store.beat("worker-1")
    clock.pass_by(20)  # type: ignore[attr-defined]
    store.beat("worker-2")
    assert store.live_workers() == ["worker-1", "worker-2"]
    clock.pass_by(20)  # type: ignore[attr-defined]
    assert store.live_workers() == ["worker-2"]


def test_a_database_that_cannot_be_had_is_named_without_a_traceback() -> None:
    with pytest.raises(StoreError, match="the database: unable to open database file"):
        Store("sqlite:////nowhere/at/all.db").migrate()
