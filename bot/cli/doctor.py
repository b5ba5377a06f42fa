"""`weighbridge doctor`: what is missing or wrong, and how to mend it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import click

from bot import hook_health
from bot.assembly import advisories_at, client_of, forges_of
from bot.cli._errors import settings_or_exit
from bot.forges.protocol import ForgeError, RefusedError
from bot.instances import Instance, all_instances
from bot.settings import Settings
from bot.store.store import Store, StoreError
from rules.checks import PluginError, all_checks, distribution_of, plugin_rules


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    is_right: bool
    fix: str = ""
    is_hint: bool = False
    """True where the bot works all the same."""


@click.command("doctor")
def command() -> None:
    """Check the settings, the database, and the forges they name. Exit code 0 when the bot can work, 1 otherwise."""
    settings = settings_or_exit()
    failed = False
    for check in (_database, _workers, _forges, _webhooks, _receiver, _rules, _advisories):
        for finding in check(settings):
            sign = "ok  " if finding.is_right else "hint" if finding.is_hint else "FAIL"
            click.echo(f"{sign}  {finding.what}")
            if not finding.is_right:
                click.echo(f"      {finding.fix}")
                failed = failed or not finding.is_hint
    sys.exit(1 if failed else 0)


def _database(settings: Settings) -> Iterator[Finding]:
    store = Store(settings.database_url)
    kind = settings.database_url.partition(":")[0].partition("+")[0]
    try:
        store.ping()
        current = store.is_current()
        yield Finding(f"the database ({kind}) can be reached", True)
        fix = "start `weighbridge serve` or `weighbridge worker` once: it brings the tables up to date"
        yield Finding("the database has the tables of this version", current, fix)
    except StoreError as error:
        yield Finding(f"the database ({kind}) cannot be reached: {error}", False, "check WEIGHBRIDGE_DATABASE_URL")
    finally:
        store.close()


def _workers(settings: Settings) -> Iterator[Finding]:
    store = Store(settings.database_url)
    try:
        workers = store.live_workers()
    except StoreError:
        return  # the check of the database has said why
    finally:
        store.close()
    fix = "run `weighbridge serve`, or `weighbridge worker` beside `weighbridge serve --no-worker`"
    running = f"{', '.join(workers)} {'runs' if len(workers) == 1 else 'run'}"
    yield Finding(f"worker: {running if workers else 'none runs'}", bool(workers), fix, is_hint=True)


def _forges(settings: Settings) -> Iterator[Finding]:
    configured = all_instances(settings)
    if not configured:
        fix = "set WEIGHBRIDGE_GITHUB_TOKEN, _GITLAB_TOKEN or _FORGEJO_TOKEN, and the secret of its webhook"
        yield Finding("no forge is set up", False, fix)
    for instance in configured:
        yield from _forge(instance, settings)


def _forge(instance: Instance, settings: Settings) -> Iterator[Finding]:
    name, has_secret = instance.label, bool(instance.secrets)
    yield Finding(
        f"{name}: a webhook secret is set" if has_secret else f"{name}: no webhook secret is set",
        has_secret,
        f"set {instance.setting('webhook_secret')} to the secret of the hook; without it every webhook is refused",
    )
    if not instance.has_credentials:
        yield Finding(f"{name}: no credentials are set", False, f"set {instance.setting('token')}")
        return
    yield _attempt(
        lambda: f"{name}: {instance.url} knows us as {client_of(instance, settings).whoami()}",
        f"{name}: {instance.url} does not let us in",
        f"check {instance.setting('token')} and the address",
    )


def _attempt(said: Callable[[], str], otherwise: str, fix: str) -> Finding:
    try:
        return Finding(said(), True)
    except ForgeError as error:
        return Finding(f"{otherwise}: {error}", False, fix)


def _webhooks(settings: Settings) -> Iterator[Finding]:
    store = Store(settings.database_url)
    try:
        if not store.is_current():
            return  # the check of the database has said so
        for name in forges_of(settings):
            url = f"{settings.public_url}/webhooks/{name}"
            yield _found(hook_health.of_silence(name, store.last_delivery(name), url))
        for instance in all_instances(settings):
            if instance.has_credentials:
                yield from map(_found, _health(instance, settings, store))
    except StoreError:
        return
    finally:
        store.close()


def _health(instance: Instance, settings: Settings, store: Store) -> Iterator[hook_health.Health]:
    try:
        yield from hook_health.of_instance(instance, client_of(instance, settings), store, settings)
    except RefusedError:
        return  # the check of the forges has said so
    except ForgeError as error:
        yield hook_health.in_words(error, instance.label)


def _found(health: hook_health.Health) -> Finding:
    return Finding(health.what, health.is_right, health.fix, health.is_hint)


def _receiver(settings: Settings) -> Iterator[Finding]:
    parts = urlsplit(settings.public_url)
    is_local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    yield Finding(
        f"people reach the dashboard at {settings.public_url}; webhooks go to {settings.public_url}/webhooks/...",
        not is_local,
        "set WEIGHBRIDGE_PUBLIC_URL to the address that the forge and people can reach",
        is_hint=True,
    )
    if not is_local:
        fix = "put a proxy that speaks TLS in front, and set WEIGHBRIDGE_PUBLIC_URL to its https:// address"
        yield Finding("the public address is https", parts.scheme == "https", fix, is_hint=True)


def _rules(settings: Settings) -> Iterator[Finding]:
    del settings
    try:
        brought = sorted({distribution_of(rule) for rule in plugin_rules()})
        all_checks()
    except PluginError as error:
        yield Finding(f"rules: {error}", False, "mend or uninstall the distribution: nothing can be judged like this")
        return
    if brought:
        yield Finding(f"rules: {len(all_checks())}, some of them from {', '.join(brought)}", True)


def _advisories(settings: Settings) -> Iterator[Finding]:
    if not settings.advisories:
        return
    index = advisories_at(settings.advisories)
    for problem in index.problems:
        yield Finding(f"advisories: {problem}", False, "mend the list, or take it out of WEIGHBRIDGE_ADVISORIES")
    yield Finding(
        f"advisories: {len(index.by_digest):,} known {'digest' if len(index.by_digest) == 1 else 'digests'} of weights",
        bool(index.by_digest),
        "the lists name no SHA-256, so no weights are found by them; docs/advisories.md says what is read",
        is_hint=True,
    )
