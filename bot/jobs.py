"""The job engine: durable reviews, one at a time for each merge request. The only module that knows DBOS.

Deliveries wait in our own table (an outbox). The dispatcher hands them on in the order they came; a delivery's id is
its job's id, so handing one on twice starts one job. A job that a dead worker held is taken up again by the worker
that starts under the same id. Steps may run twice, which is why reviewing is idempotent.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID

from bot.errands.catch_up_steps import CatchUpSteps, Item
from bot.errands.drift_steps import DriftSteps
from bot.errands.steps import Attempt, Steps
from bot.intake.events import Plain, from_plain
from bot.settings import Settings
from bot.store.records import Delivery
from bot.store.store import Store, StoreError

log = logging.getLogger("weighbridge.jobs")

QUEUE = "reviews"
JOB_VERSION = "2"
"""Shape of the jobs. A worker takes only jobs of its own version; it changes when `the workflow` changes its steps."""
DISPATCH_INTERVAL = 0.25
"""Seconds between two looks for new deliveries."""
HEARTBEAT_INTERVAL = 5.0
"""Seconds between two signs of life."""
DRIFT = "drift"
"""The schedule of the looks for licence drift, and the queue in which its runs wait for one another."""
CATCH_UP = "catch up"
"""The schedule of the looks for webhooks that never came, and the queue of its runs."""
BATCH = 100
"""Deliveries handed on at one go."""
LONGEST_WAIT = 3600.0
"""Seconds. GitHub's limits start anew every hour; a forge that names a later time is asked again then."""
STOP_PATIENCE = 30
"""Seconds that reviews under way get to end when the worker is stopped."""


Job: TypeAlias = Callable[[str, Plain], None]
"""The workflow: a delivery's id and its work."""


def _register_drift(steps: DriftSteps) -> Callable[[datetime, Any], None]:
    """Make the engine's functions from the steps; the result is what the schedule starts."""

    @DBOS.step(name="due for a look")
    def due() -> list[str]:
        return steps.due()

    @DBOS.step(name="look")
    def look(repository: str) -> bool:
        return steps.look(repository)

    @DBOS.workflow(name=DRIFT)
    def run_drift(_scheduled_at: datetime, _context: Any) -> None:
        resting: set[str] = set()
        for repository in due():
            forge = repository.partition(":")[0]
            if forge not in resting and not look(repository):
                resting.add(forge)

    return run_drift


def _register_catch_up(steps: CatchUpSteps) -> Callable[[datetime, Any], None]:
    """Make the engine's functions from the steps; the result is what the schedule starts."""

    @DBOS.step(name="what may have been missed")
    def due() -> list[Item]:
        return steps.due()

    @DBOS.step(name="look for what was missed")
    def look(item: Item) -> bool:
        return steps.look(item)

    @DBOS.step(name="note the look")
    def note(started_at: datetime) -> None:
        steps.note(started_at)

    @DBOS.step(name="the time")
    def now() -> datetime:
        return datetime.now(UTC)

    @DBOS.workflow(name=CATCH_UP)
    def run_catch_up(_scheduled_at: datetime, _context: Any) -> None:
        started_at, resting = now(), set[str]()
        items = due()
        for item in items:
            if item["instance"] not in resting and not look(item):
                resting.add(item["instance"])
        if items:
            note(started_at)

    return run_catch_up


def _schedule(name: str, job: Callable[[datetime, Any], None] | None, cron: str) -> None:
    """Start a run now and then, one at a time, or no longer where there is no job."""
    if job is None:
        DBOS.delete_schedule(name)
        return
    DBOS.register_queue(name, concurrency=1, polling_interval_sec=DISPATCH_INTERVAL, on_conflict="always_update")
    DBOS.apply_schedules([{"schedule_name": name, "workflow_fn": job, "schedule": cron, "queue_name": name}])


def _run_now(name: str, job: Callable[[datetime, Any], None] | None) -> None:
    """A run at once: what came while nobody worked is not left waiting. Workers that start together begin one."""
    if job is not None:
        now = datetime.now(UTC)
        with SetWorkflowID(f"{name} {now:%Y-%m-%d %H:%M}"):
            DBOS.enqueue_workflow(name, job, now, None)


def _often(every: timedelta) -> str:
    """About as often as that: what is not due yet is left alone."""
    if every >= timedelta(hours=1):
        return "41 * * * *"
    return "* * * * *" if every >= timedelta(minutes=1) else "* * * * * *"


def _cron(every: timedelta) -> str:
    """How often a run begins: many times within the interval, so that each has a small share of it to do."""
    if every >= timedelta(hours=6):
        return "23 * * * *"  # each hour, away from its beginning, when everybody's jobs run
    return "* * * * *" if every >= timedelta(minutes=5) else "* * * * * *"


def _register(steps: Steps) -> Job:
    """Make the engine's functions from the steps; the result is the job."""

    @DBOS.step(name="attempt")
    def attempt(delivery_id: str, work: Plain) -> Attempt:
        return steps.attempt(delivery_id, work)

    @DBOS.step(name="give up")
    def give_up(work: Plain, reason: str) -> str:
        return steps.give_up(work, reason)

    @DBOS.step(name="finish", retries_allowed=True, max_attempts=10)
    def finish(delivery_id: str, remark: str, failed: bool) -> None:
        steps.finish(delivery_id, remark, failed)

    @DBOS.workflow(name="review")
    def review(delivery_id: str, work: Plain, rounds: int = 0, tries: int = 0) -> None:
        """One try. Another one is a job of its own that begins later: one that waits would hold a place of the worker.

        `rounds` counts all tries, `tries` those that asked the forge.
        """
        result = attempt(delivery_id, work)
        waits = steps.settings.retry_waits
        if result["wait"] is None:
            finish(delivery_id, result["remark"], result["failed"])
        elif result["asked"] and tries >= len(waits):
            finish(delivery_id, give_up(work, result["remark"]), True)
        else:
            wait = max(result["wait"], waits[tries]) if result["asked"] else result["wait"]
            with (
                SetWorkflowID(f"{delivery_id}#{rounds + 1}"),
                SetEnqueueOptions(
                    queue_partition_key=line_of(work, delivery_id), delay_seconds=min(wait, LONGEST_WAIT)
                ),
            ):
                DBOS.enqueue_workflow(QUEUE, review, delivery_id, work, rounds + 1, tries + result["asked"])

    return review


def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT. Raises StoreError where the database cannot be had at the start."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    store = Store(settings.database_url)
    store.migrate()
    review = _launch(settings, store)
    log.info("worker %s is ready, %d reviews at a time", settings.worker_id, settings.concurrency)
    try:
        _dispatch_until(stop, store, settings.worker_id, review)
    finally:
        log.info("worker %s stops", settings.worker_id)
        DBOS.destroy(workflow_completion_timeout_sec=STOP_PATIENCE)
        store.close()


def _launch(settings: Settings, store: Store) -> Job:
    logging.getLogger("dbos").setLevel(logging.WARNING)
    DBOS(
        config=DBOSConfig(
            name="weighbridge",
            system_database_url=settings.jobs_database_url,
            application_version=JOB_VERSION,
            executor_id=settings.worker_id,
            enable_otlp=False,
            log_level="WARNING",
        )
    )
    review = _register(Steps(settings, store))
    every = settings.drift_interval
    look = _register_drift(DriftSteps(settings, store, every)) if every is not None else None
    again = settings.catch_up_interval
    catch_up = _register_catch_up(CatchUpSteps(settings, store, again)) if again is not None else None
    DBOS.launch()
    DBOS.register_queue(
        QUEUE,
        worker_concurrency=settings.concurrency,
        partition_concurrency=1,
        polling_interval_sec=DISPATCH_INTERVAL,
        on_conflict="always_update",
    )
    _schedule(DRIFT, look, _cron(every) if every is not None else "")
    _schedule(CATCH_UP, catch_up, _often(again) if again is not None else "")
    _run_now(CATCH_UP, catch_up)
    return review


def _dispatch_until(
    stop: threading.Event,
    store: Store,
    worker_id: str,
    review: Job,
) -> None:
    last_beat = 0.0
    while not stop.is_set():
        try:
            if time.monotonic() - last_beat > HEARTBEAT_INTERVAL:
                store.beat(worker_id)
                last_beat = time.monotonic()
            waiting = store.undispatched(BATCH)
            for delivery in waiting:
                _hand_on(delivery, store, review)
        except StoreError as error:
            log.error("%s; trying again", error)  # noqa: TRY400 - the reason is known, a traceback says no more
            waiting = []
        if len(waiting) < BATCH:
            stop.wait(DISPATCH_INTERVAL)


def line_of(work: Mapping[str, Any], otherwise: str) -> str:
    """Deliveries of one line are worked on one after the other."""
    try:
        return from_plain(work).line
    except ValueError:  # of another version: its job says so
        return otherwise


def _hand_on(delivery: Delivery, store: Store, review: Job) -> None:
    with (
        SetWorkflowID(delivery.id),
        SetEnqueueOptions(queue_partition_key=line_of(delivery.work or {}, delivery.merge_request_key or delivery.id)),
    ):
        DBOS.enqueue_workflow(QUEUE, review, delivery.id, dict(delivery.work or {}))
    store.mark_dispatched(delivery.id)
