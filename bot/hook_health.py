"""How the webhooks are: whether they come, whether the forge still calls them, and what to do where not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.forges.deliveries import Remembering, SentDeliveries, SentDelivery
from bot.forges.hooks import Hooked, Hooks, ours
from bot.forges.protocol import Forge, ForgeError, ListedRepository, NotFoundError, RefusedError
from bot.instances import Instance, all_instances, instances_of
from bot.settings import Settings
from bot.store.records import KnownRepository
from bot.store.store import Store

DAY = timedelta(days=1)
"""How far back the deliveries of a GitHub App are looked at."""
REPOSITORIES = 30
"""Repositories whose hooks are looked at, a call for each: those that were judged last."""
NOTE = "hooks:{}"
"""Name of the note in which a worker leaves what is wrong with a forge's hooks, by the key of its instance: a list of
`what` and `fix`."""
QUIET = timedelta(days=7)
"""So long without a webhook is worth a word."""


@dataclass(frozen=True)
class Health:
    """One thing that was looked at."""

    what: str
    is_right: bool
    fix: str = ""
    is_hint: bool = False
    """True where the bot works all the same."""


def of_silence(forge: str, last: tuple[datetime, str] | None, url: str) -> Health:
    """When the last webhook came."""
    fix = f"the forge has to call {url}; look at what it says of its last calls, or wait for something to happen"
    if last is None:
        return Health(f"{forge}: no webhook has come yet", False, fix, is_hint=True)
    moment, event = last
    ago = datetime.now(UTC) - moment
    told = f"{forge}: the last webhook came {_ago(ago)} ago ({event})"
    return Health(told, ago < QUIET, fix, is_hint=True)


def of_instance(instance: Instance, forge: Forge, store: Store, settings: Settings) -> Iterator[Health]:
    """How the webhooks of one forge are, as far as it tells. Raises ForgeError."""
    if isinstance(forge, Remembering) and forge.deliveries is not None:
        yield of_app(instance.label, forge.deliveries)
    if isinstance(forge, Hooked):
        known = known_to(instance, store, settings, REPOSITORIES)
        listed = [ListedRepository(one.id, one.name, one.host) for one in known]
        url = f"{settings.public_url}/webhooks/{instance.forge}"
        yield from of_hooks(instance.forge, forge.hooks, listed, url)


def known_to(instance: Instance, store: Store, settings: Settings, limit: int) -> Sequence[KnownRepository]:
    """The repositories of one forge; where it is the only one of its kind, whatever it calls itself."""
    is_alone = len(instances_of(instance.forge, settings)) == 1
    return store.known_repositories(instance.forge, limit, None if is_alone else instance.host)


def of_app(forge: str, sent: SentDeliveries) -> Health:
    """What became of the webhooks of a GitHub App within a day. Raises ForgeError."""
    events = newest_attempts(sent.since(datetime.now(UTC) - DAY))
    failed = [one for one in events if not one.arrived]
    if not failed:
        return Health(f"{forge}: all {len(events)} webhooks of the last day arrived", True)
    told = f"{forge}: {len(failed)} of {len(events)} webhooks of the last day did not arrive ({failed[0].answer})"
    fix = "see that the forge reaches the receiver; a worker reads what was missed (WEIGHBRIDGE_CATCH_UP_EVERY)"
    return Health(told, False, fix, is_hint=True)


def newest_attempts(attempts: Iterable[SentDelivery]) -> Sequence[SentDelivery]:
    """One for each event, the newest first: the one that arrived, or else the last."""
    found: dict[str, SentDelivery] = {}
    for one in attempts:
        if one.guid not in found or (one.arrived and not found[one.guid].arrived):
            found[one.guid] = one
    return list(found.values())


def of_hooks(forge: str, hooks: Hooks, repositories: Sequence[ListedRepository], url: str) -> Iterator[Health]:
    """The hooks of repositories that the forge calls no more. Raises ForgeError, where the forge is down."""
    seen = hidden = 0
    for repository in repositories[:REPOSITORIES]:
        try:
            found = ours(hooks, hooks.place_of(repository), url)
        except (RefusedError, NotFoundError):
            hidden += 1
            continue
        seen += len(found)
        for hook in found:
            fix = f"see that it reaches {url}, then: weighbridge {forge} connect {repository.name}"
            if hook.asleep:
                yield Health(f"{forge}: the hook of {repository.name}: {hook.asleep}", False, fix)
            elif hook.missing:
                what = f"{forge}: the hook of {repository.name} does not tell {', '.join(hook.missing)}"
                yield Health(what, False, fix, is_hint=True)
    if seen:
        yield Health(f"{forge}: looked at {seen} hooks of repositories", True)
    if hidden:
        told = f"{forge}: the token may not see the hooks of {hidden} repositories"
        yield Health(told, False, "nothing needs to be done; an account that maintains them sees more", is_hint=True)


def noted(store: Store, settings: Settings) -> Iterator[Health]:
    """What a worker found wrong with the webhooks when it last looked. Raises StoreError."""
    for instance in all_instances(settings):
        for row in store.recall(NOTE.format(instance.key)) or ():
            yield Health(str(row["what"]), False, str(row["fix"]))


def in_words(error: ForgeError, forge: str) -> Health:
    """Where the forge could not be asked."""
    return Health(f"{forge}: its webhooks could not be looked at: {error}", False, "try again later", is_hint=True)


def _ago(time: timedelta) -> str:
    for unit, seconds in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if time.total_seconds() >= 2 * seconds:
            return f"{time.total_seconds() // seconds:.0f} {unit}"
    return f"{max(0.0, time.total_seconds()):.0f} seconds"
