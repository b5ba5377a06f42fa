"""The steps of a run that looks for webhooks that never came, without the engine that runs them.

No forge sends them again by itself. GitHub remembers for three days what it sent to an App: what we never accepted is
read from there. Elsewhere the open merge requests of the repositories that we know are compared with those that were
judged: one list for each.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from bot import hook_health
from bot.assembly import client_of
from bot.errands import allowances
from bot.forges.deliveries import Remembering, SentDeliveries, SentDelivery
from bot.forges.protocol import Forge, ForgeError, UnavailableError
from bot.instances import Instance, all_instances, instances_of
from bot.intake import github
from bot.intake.deliveries import delivery_of, of_its_sender
from bot.intake.events import Event, Ignored, ReviewRequested
from bot.intake.payloads import MalformedError
from bot.settings import Settings
from bot.store.records import KnownRepository
from bot.store.store import Store

log = logging.getLogger("weighbridge.jobs")

REMEMBERED = timedelta(days=3)
"""How long GitHub keeps what it sent ("Handling failed webhook deliveries")."""
OVERLAP = timedelta(minutes=10)
"""What was under way at the last look is looked at again."""
READS = 200
"""Webhooks that one run reads again; the oldest first, and the next run goes on."""
REPOSITORIES = 200
"""Repositories whose open merge requests one run lists: those where something was judged last."""

Item: TypeAlias = dict[str, str]
"""What is looked at, as plain data that the engine can keep: a repository, or a forge's App where it has no id."""


@dataclass(frozen=True)
class CatchUpSteps:
    """The steps. Each may run more than once."""

    settings: Settings
    store: Store
    every: timedelta

    def due(self) -> list[Item]:
        """What it is time to look at."""
        now = datetime.now(UTC)
        return [item for one in self._instances() if self._is_due(one, now) for item in self._of(one)]

    def look(self, item: Item) -> bool:
        """Look for what was missed; False where the forge asks to be left alone for a while."""
        instance = next((one for one in self._instances() if one.key == item["instance"]), None)
        if instance is None:
            return True  # it was taken out of the settings meanwhile
        account = allowances.account_of(instance.forge, item["name"], self.settings, item["host"])
        if item["id"] and allowances.pause(self.store, account, is_waited_for=False) > 0:
            return False
        told = item["name"] or f"the App of {instance.label}"
        try:
            count = self._look(instance, item)
        except UnavailableError as error:
            log.warning("%s: looking for missed webhooks: %s; the next run does so", told, error)
            return error.retry_after is None
        except ForgeError as error:
            log.warning("%s: looking for missed webhooks: %s", told, error)
        except Exception:
            log.exception("%s: looking for missed webhooks broke off", told)
        else:
            if count:
                log.info("%s: %d webhooks never came; their work is done now", told, count)
        return True

    def note(self, started_at: datetime) -> None:
        """Remember that a run looked at the forges whose turn it was, and how their webhooks are."""
        for one in self._instances():
            if self._is_due(one, started_at):
                self.store.remember(_note(one), started_at.isoformat())
                self.store.remember(hook_health.NOTE.format(one.key), list(self._troubles(one)))

    def _instances(self) -> Iterator[Instance]:
        return (one for one in all_instances(self.settings) if one.has_credentials)

    def _of(self, instance: Instance) -> Iterator[Item]:
        try:
            forge = client_of(instance, self.settings)
        except ForgeError as error:
            log.warning("%s: %s", instance.label, error)
            return
        same = {"instance": instance.key, "forge": instance.forge}
        if isinstance(forge, Remembering) and forge.deliveries is not None:
            yield {**same, "host": instance.host, "id": "", "name": ""}
            return
        for known in hook_health.known_to(instance, self.store, self.settings, REPOSITORIES):
            yield {**same, "host": known.host, "id": known.id, "name": known.name}

    def _is_due(self, instance: Instance, now: datetime) -> bool:
        last = self._noted(_note(instance))
        return last is None or now - last >= self.every * 0.9

    def _noted(self, note: str) -> datetime | None:
        told = self.store.recall(note)
        return datetime.fromisoformat(told) if isinstance(told, str) else None

    def _look(self, instance: Instance, item: Item) -> int:
        forge = client_of(instance, self.settings)
        if not item["id"]:
            deliveries = forge.deliveries if isinstance(forge, Remembering) else None
            return self._read_again(deliveries, instance) if deliveries is not None else 0
        return self._compare(forge, KnownRepository(item["forge"], item["host"], item["id"], item["name"]))

    def _read_again(self, sent: SentDeliveries, instance: Instance) -> int:
        """Accept what GitHub sent and we never got."""
        name = instance.forge
        now = datetime.now(UTC)
        seen = self._noted(f"{_note(instance)}:seen")
        since = now - REMEMBERED if seen is None else max(now - REMEMBERED, seen - OVERLAP)
        attempts = [one for one in hook_health.newest_attempts(sent.since(since)) if one.event in github.EVENTS]
        here = self.store.accepted([f"{name}:{one.guid}" for one in attempts])
        missed = sorted((one for one in attempts if f"{name}:{one.guid}" not in here), key=lambda one: (one.at, one.id))
        count = 0
        for one in missed[:READS]:
            event = _event(sent, one)
            if len(instances_of(name, self.settings)) > 1:
                event = of_its_sender(event, (instance,))
            count += self.store.accept(delivery_of(name, one.guid, one.event, event))
        # Only what was read well moves the mark: the next run begins where this one ended.
        self.store.remember(f"{_note(instance)}:seen", (missed[READS].at if len(missed) > READS else now).isoformat())
        return count

    def _compare(self, forge: Forge, known: KnownRepository) -> int:
        """Hand on a review of each merge request that is open and was not judged as it is, or is open no longer."""
        listed = forge.open_merge_requests(known.id, known.name)
        judged = self.store.judged_open(known.key)
        changed = [one for one in listed if (one.number, one.head, one.target) not in judged]
        closed = sorted({number for number, _, _ in judged} - {one.number for one in listed})
        count = sum(self._hand_on(known, one.number, one.head, one.target) for one in changed)
        return count + sum(self._hand_on(known, number, None, "closed") for number in closed)

    def _hand_on(self, known: KnownRepository, number: int, head: str | None, target: str) -> bool:
        work = ReviewRequested(known.forge, known.host, known.id, known.name, "catch_up", number, head)
        # Once a day for what it is now: what fails is tried again, and not with every run.
        stamp = f"{datetime.now(UTC):%Y-%m-%d}:{head}:{hashlib.sha256(target.encode()).hexdigest()[:12]}"
        return self.store.accept(delivery_of(known.forge, f"catch-up:{stamp}/{work.line}", "catch_up", work))

    def _troubles(self, instance: Instance) -> Iterator[Mapping[str, str]]:
        """What is wrong with the forge's hooks, for the dashboard."""
        try:
            client = client_of(instance, self.settings)
            rows = list(hook_health.of_instance(instance, client, self.store, self.settings))
        except ForgeError as error:
            rows = [hook_health.in_words(error, instance.label)]
        for one in rows:
            if not one.is_right:
                yield {"what": one.what, "fix": one.fix}


def _event(sent: SentDeliveries, one: SentDelivery) -> Event:
    try:
        return github.parse(one.event, sent.payload(one))
    except MalformedError as error:
        return Ignored(f"it could not be read: {error}")


def _note(instance: Instance) -> str:
    return f"catch-up:{instance.key}"
