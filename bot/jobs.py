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
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, TypedDict

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID

from bot.assembly import drift_watch_for, forge_for, reviewer_for
from bot.errands.desk import Desk
from bot.errands.running import run
from bot.forges.protocol import ForgeError, UnavailableError
from bot.intake.events import Plain, ReviewRequested, Work, from_plain, to_plain
from bot.review import drift
from bot.settings import Settings
from bot.store.records import Delivery, DeliveryState, Look
from bot.store.store import Store, StoreError

log = logging.getLogger("weighbridge.jobs")

QUEUE = "reviews"
JOB_VERSION = "1"
"""Shape of the jobs. A worker takes only jobs of its own version; it changes when `_Jobs.review` changes its steps."""
DISPATCH_INTERVAL = 0.25
"""Seconds between two looks for new deliveries."""
HEARTBEAT_INTERVAL = 5.0
"""Seconds between two signs of life."""
DRIFT = "drift"
"""The schedule of the looks for licence drift, and the queue in which its runs wait for one another."""
DRIFT_REPOSITORIES = 50
"""Repositories that one run looks at. What is left stays due, and the next run begins with it."""
BATCH = 100
"""Deliveries handed on at one go."""
LONGEST_WAIT = 3600.0
"""Seconds. GitHub's limits start anew every hour; a forge that names a later time is asked again then."""
STOP_PATIENCE = 30
"""Seconds that reviews under way get to end when the worker is stopped."""


class _Attempt(TypedDict):
    """What became of one try, as plain data that the engine can keep."""

    remark: str
    wait: float | None
    """Seconds the forge asks us to wait, zero where it did not say; None where no other try is needed."""
    failed: bool


Job: TypeAlias = Callable[[str, Plain], None]
"""The workflow: a delivery's id and its work."""


@dataclass(frozen=True)
class _Jobs:
    """The steps of a job. Each may run more than once."""

    settings: Settings
    store: Store

    def attempt(self, delivery_id: str, plain: Plain) -> _Attempt:
        """Try to do the work. What cannot be mended by another try ends in a remark, never in an exception."""
        try:
            work = from_plain(plain)
        except ValueError as error:
            return _Attempt(remark=f"{error}; send the delivery again", wait=None, failed=True)
        try:
            if self.store.is_superseded(delivery_id):
                return _Attempt(remark="a newer delivery for this merge request follows", wait=None, failed=False)
            remark = run(work, self._desk(delivery_id))
        except UnavailableError as error:
            log.warning("%s: %s", work.line, error)
            return _Attempt(remark=str(error), wait=error.retry_after or 0.0, failed=False)
        except ForgeError as error:
            log.warning("%s: %s", work.line, error)
            return _Attempt(remark=str(error), wait=None, failed=True)
        except Exception as error:
            log.exception("the work on %s broke off (delivery %s)", work.line, delivery_id)
            reason = f"an error of Weighbridge's own ({type(error).__name__}); its log has the details"
            return _Attempt(remark=self.give_up(plain, reason), wait=None, failed=True)
        log.info("%s: %s", work.line, remark)
        return _Attempt(remark=remark, wait=None, failed=False)

    def give_up(self, plain: Plain, reason: str) -> str:
        """Say in the merge request that it could not be evaluated; returns the remark for the deliveries page."""
        work = from_plain(plain)
        if not isinstance(work, ReviewRequested):
            return reason
        try:
            return reviewer_for(work.forge, self.settings, self.store).give_up(work, reason).remark
        except ForgeError as error:
            return f"{reason}; and the forge could not be told: {error}"

    def _desk(self, delivery_id: str) -> Desk:
        """Where the work of a delivery is done. What it hands on waits in the outbox, as deliveries do."""

        def hand_on(work: Work) -> None:
            self.store.accept(
                Delivery(
                    # The same work of the same delivery has the same id, so a step that runs twice queues it once.
                    id=f"{delivery_id}/{work.line}",
                    forge=work.forge,
                    event=work.cause,
                    state=DeliveryState.RECEIVED,
                    received_at=datetime.now(UTC),
                    work=to_plain(work),
                    merge_request_key=work.merge_request_key,
                )
            )

        return Desk(
            store=self.store,
            forge=lambda name: forge_for(name, self.settings),
            reviewer=lambda name: reviewer_for(name, self.settings, self.store),
            hand_on=hand_on,
            policy_repository=self.settings.organisation_policy,
        )

    def finish(self, delivery_id: str, remark: str, failed: bool) -> None:
        """Note what became of a delivery."""
        self.store.finish(delivery_id, remark, failed=failed)


@dataclass(frozen=True)
class _Drift:
    """The steps of a run that looks for licence drift. Each may run more than once."""

    settings: Settings
    store: Store
    every: timedelta

    def due(self) -> list[str]:
        """The repositories whose turn it is."""
        return list(self.store.repositories_to_look_at(self._before(), DRIFT_REPOSITORIES))

    def look(self, repository: str) -> bool:
        """Look at one repository; False where its forge asks to be left alone for a while."""
        before = self._before()
        forge = repository.partition(":")[0]
        try:
            looked = list(drift_watch_for(forge, self.settings, self.store).look(repository, before))
        except UnavailableError as error:
            log.warning("%s: %s; it is looked at again with the next run", repository, error)
            return error.retry_after is None
        except ForgeError as error:
            drift.give_up(self.store, repository, before, str(error))
        except Exception:
            log.exception("the look at %s for licence drift broke off", repository)
            drift.give_up(self.store, repository, before, "an error of Weighbridge's own; its log has the details")
        else:
            changed = sum(one.result.look is Look.CHANGED for one in looked)
            log.info("%s: looked at %d artifacts, %d licences changed", repository, len(looked), changed)
        return True

    def _before(self) -> datetime:
        return datetime.now(UTC) - self.every


def _register_drift(steps: _Drift) -> Callable[[datetime, Any], None]:
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


def _schedule_drift(job: Callable[[datetime, Any], None] | None, every: timedelta | None) -> None:
    """Start a run now and then: a small share of what is due each time, so that reviews are not held up."""
    if job is None or every is None:
        DBOS.delete_schedule(DRIFT)
        return
    DBOS.register_queue(DRIFT, concurrency=1, polling_interval_sec=DISPATCH_INTERVAL, on_conflict="always_update")
    DBOS.apply_schedules([{"schedule_name": DRIFT, "workflow_fn": job, "schedule": _cron(every), "queue_name": DRIFT}])


def _cron(every: timedelta) -> str:
    """How often a run begins: many times within the interval, so that each has a small share of it to do."""
    if every >= timedelta(hours=6):
        return "23 * * * *"  # each hour, away from its beginning, when everybody's jobs run
    return "* * * * *" if every >= timedelta(minutes=5) else "* * * * * *"


def _register(jobs: _Jobs) -> Job:
    """Make the engine's functions from the steps; the result is the job."""

    @DBOS.step(name="attempt")
    def attempt(delivery_id: str, work: Plain) -> _Attempt:
        return jobs.attempt(delivery_id, work)

    @DBOS.step(name="give up")
    def give_up(work: Plain, reason: str) -> str:
        return jobs.give_up(work, reason)

    @DBOS.step(name="finish", retries_allowed=True, max_attempts=10)
    def finish(delivery_id: str, remark: str, failed: bool) -> None:
        jobs.finish(delivery_id, remark, failed)

    @DBOS.workflow(name="review")
    def review(delivery_id: str, work: Plain) -> None:
        result = attempt(delivery_id, work)
        for wait in jobs.settings.retry_waits:
            if result["wait"] is None:
                break
            DBOS.sleep(min(max(result["wait"], wait), LONGEST_WAIT))
            result = attempt(delivery_id, work)
        if result["wait"] is None:
            finish(delivery_id, result["remark"], result["failed"])
        else:
            finish(delivery_id, give_up(work, result["remark"]), True)

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
    review = _register(_Jobs(settings, store))
    every = settings.drift_interval
    look = _register_drift(_Drift(settings, store, every)) if every is not None else None
    DBOS.launch()
    DBOS.register_queue(
        QUEUE,
        worker_concurrency=settings.concurrency,
        partition_concurrency=1,
        polling_interval_sec=DISPATCH_INTERVAL,
        on_conflict="always_update",
    )
    _schedule_drift(look, every)
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


def _line(delivery: Delivery) -> str:
    """Deliveries of one line are worked on one after the other."""
    try:
        return from_plain(delivery.work or {}).line
    except ValueError:  # of another version: its job says so
        return delivery.merge_request_key or delivery.id


def _hand_on(delivery: Delivery, store: Store, review: Job) -> None:
    with (
        SetWorkflowID(delivery.id),
        SetEnqueueOptions(queue_partition_key=_line(delivery)),
    ):
        DBOS.enqueue_workflow(QUEUE, review, delivery.id, dict(delivery.work or {}))
    store.mark_dispatched(delivery.id)
