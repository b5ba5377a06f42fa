"""The steps of a job, without the engine that runs them: try a delivery's work, give up, note what became of it."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict

from bot.assembly import forge_for, reviewer_for
from bot.errands import allowances
from bot.errands.desk import Desk
from bot.errands.running import run
from bot.forges.protocol import ForgeError, UnavailableError
from bot.intake.events import Plain, ReviewRequested, Work, from_plain, to_plain
from bot.review.reviewer import SUPERSEDED
from bot.settings import Settings
from bot.store.records import Delivery, DeliveryState
from bot.store.store import Store

log = logging.getLogger("weighbridge.jobs")


class Attempt(TypedDict):
    """What became of one try, as plain data that the engine can keep."""

    remark: str
    wait: float | None
    """Seconds the forge asks us to wait, zero where it did not say; None where no other try is needed."""
    failed: bool
    asked: bool
    """False where the forge was not even asked, since a limit holds that all workers share."""


@dataclass(frozen=True)
class Steps:
    """The steps of a job. Each may run more than once."""

    settings: Settings
    store: Store

    def attempt(self, delivery_id: str, plain: Plain) -> Attempt:
        """Try to do the work. What cannot be mended by another try ends in a remark, never in an exception."""
        try:
            work = from_plain(plain)
        except ValueError as error:
            return Attempt(remark=f"{error}; send the delivery again", wait=None, failed=True, asked=True)
        account = allowances.account_for(work, self.settings)
        try:
            if self.store.is_superseded(delivery_id):
                return Attempt(remark=SUPERSEDED, wait=None, failed=False, asked=True)
            pause = allowances.pause(self.store, account, is_waited_for=allowances.is_waited_for(work))
            if pause > 0:
                remark = "the forge's limit of requests is kept for what people wait for"
                return Attempt(remark=remark, wait=pause, failed=False, asked=False)
            remark = run(work, self._desk(delivery_id, work))
            self._note(work, account)
        except UnavailableError as error:
            log.warning("%s: %s", work.line, error)
            self._note(work, account, error.retry_after)
            return Attempt(remark=str(error), wait=error.retry_after or 0.0, failed=False, asked=True)
        except ForgeError as error:
            log.warning("%s: %s", work.line, error)
            return Attempt(remark=str(error), wait=None, failed=True, asked=True)
        except Exception as error:
            log.exception("the work on %s broke off (delivery %s)", work.line, delivery_id)
            reason = f"an error of Weighbridge's own ({type(error).__name__}); its log has the details"
            return Attempt(remark=self.give_up(plain, reason), wait=None, failed=True, asked=True)
        log.info("%s: %s", work.line, remark)
        return Attempt(remark=remark, wait=None, failed=False, asked=True)

    def give_up(self, plain: Plain, reason: str) -> str:
        """Say in the merge request that it could not be evaluated; returns the remark for the deliveries page."""
        work = from_plain(plain)
        if not isinstance(work, ReviewRequested):
            return reason
        try:
            reviewer = reviewer_for(work.forge, self.settings, self.store, work.host, work.repository)
            return reviewer.give_up(work, reason).remark
        except ForgeError as error:
            return f"{reason}; and the forge could not be told: {error}"

    def _note(self, work: Work, account: str, retry_after: float | None = None) -> None:
        repository = getattr(work, "repository", "")
        if not repository:
            return  # it concerned an installation, and asked nothing of the forge
        with contextlib.suppress(ForgeError):  # which of several Apps it is could not be asked: the work says so
            forge = forge_for(work.forge, self.settings, work.host, repository)
            allowances.note(self.store, account, forge, repository, retry_after)

    def _desk(self, delivery_id: str, about: Work) -> Desk:
        """Where the work of a delivery is done. What it hands on waits in the outbox, as deliveries do."""
        place = (about.host, getattr(about, "repository", ""))

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
            forge=lambda name: forge_for(name, self.settings, *place),
            reviewer=lambda name: reviewer_for(name, self.settings, self.store, *place),
            hand_on=hand_on,
            is_superseded=lambda: self.store.is_superseded(delivery_id),
            policy_repository=self.settings.organisation_policy,
        )

    def finish(self, delivery_id: str, remark: str, failed: bool) -> None:
        """Note what became of a delivery."""
        self.store.finish(delivery_id, remark, failed=failed)
