"""The steps of a run that looks for licence drift, without the engine that runs them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.assembly import drift_watch_for
from bot.errands import allowances
from bot.forges.protocol import ForgeError, UnavailableError
from bot.review import drift
from bot.settings import Settings
from bot.store.records import Look
from bot.store.store import Store

log = logging.getLogger("weighbridge.jobs")

REPOSITORIES = 50
"""Repositories that one run looks at. What is left stays due, and the next run begins with it."""


@dataclass(frozen=True)
class DriftSteps:
    """The steps of a run that looks for licence drift. Each may run more than once."""

    settings: Settings
    store: Store
    every: timedelta

    def due(self) -> list[str]:
        """The repositories whose turn it is."""
        return list(self.store.repositories_to_look_at(self._before(), REPOSITORIES))

    def look(self, repository: str) -> bool:
        """Look at one repository; False where its forge asks to be left alone for a while."""
        before = self._before()
        forge, _, place = repository.partition(":")
        names = [one.merge_request.repository for one in self.store.admitted(repository)[:1]]
        account = allowances.account_of(forge, names[0] if names else "", self.settings, place.rpartition(":")[0])
        if allowances.pause(self.store, account, is_waited_for=False) > 0:
            return False
        try:
            looked = list(drift_watch_for(repository, self.settings, self.store).look(repository, before))
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
