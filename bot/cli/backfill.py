"""`weighbridge backfill`: look through repositories that were there before the bot, and have their open work judged."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Iterator, Sequence

import click
from rich.console import Console
from rich.progress import track

from bot import logs
from bot.assembly import forge_for, forges_of
from bot.cli._cannot_judge import CannotJudgeError
from bot.cli._errors import explained, settings_or_exit
from bot.errands.steps import Steps
from bot.forges.protocol import Forge, ForgeError, ListedRepository
from bot.intake.events import InventoryRequested, to_plain
from bot.settings import Settings
from bot.store.store import Store
from rules.text import printable

TRIES = 3
"""How often a repository is tried where the forge asks us to wait."""
LONGEST_WAIT = 3_600.0
"""Seconds that are waited for a forge at one go: GitHub's limits start anew every hour."""


@click.command("backfill")
@click.argument("names", nargs=-1, required=True, metavar="REPOSITORY|OWNER...")
@click.option("--forge", "forge_name", help="Which forge, where the settings have several: github, gitlab or forgejo.")
@click.option("--host", default="", help="Which host, where the settings have several of a kind: github.com.")
@click.option(
    "--per-minute", type=click.IntRange(1, 600), default=20, show_default=True, help="Repositories a minute at most."
)
def command(names: tuple[str, ...], forge_name: str | None, host: str, per_minute: int) -> None:
    """Look through default branches, and hand the open merge requests to the workers.

    A REPOSITORY is named in full (`lab/voices`); an OWNER stands for all repositories of an organisation, group or
    person. What was looked through is kept at once, and what has not changed since is passed over: break it off
    whenever you like and run it again. The judging itself is the work of `weighbridge worker`, after what is new.

    Exit status: 0 all was looked through, 2 something could not be read.
    """
    settings = settings_or_exit()
    logs.configure(settings.log_format)
    with explained():
        store = Store(settings.database_url)
        try:
            store.migrate()
            failed = _run(settings, store, _forge(settings, forge_name, host, names[0]), names, 60.0 / per_minute)
        finally:
            store.close()
    sys.exit(2 if failed else 0)


def _run(settings: Settings, store: Store, forge: Forge, names: Sequence[str], pause: float) -> int:
    console = Console(stderr=True)
    failed = done = 0
    begun = float("-inf")
    listed = list(dict.fromkeys(one for name in names for one in _repositories(forge, name)))
    for repository in track(
        listed, "Looking through", console=console, transient=True, disable=not console.is_terminal
    ):
        time.sleep(max(0.0, begun + pause - time.monotonic()))
        begun = time.monotonic()
        remark, is_done = _looked_through(settings, store, forge, repository)
        click.echo(f"{printable(repository.name)}: {remark}")
        done, failed = done + is_done, failed + (not is_done)
    click.echo(f"{done} looked through, {failed} not" if failed else f"{done} looked through")
    return failed


def _forge(settings: Settings, name: str | None, host: str, first: str) -> Forge:
    """The forge that is meant; of several Apps on one host the one that is installed for the first name."""
    known = forges_of(settings)
    if name is None and len(known) == 1:
        name = known[0]
    if name is None or name not in known:
        there = f"one of: {', '.join(known)}" if known else "none yet: set a token first (weighbridge doctor helps)"
        raise CannotJudgeError(f"name the forge with --forge; the settings have credentials for {there}")
    try:
        return forge_for(name, settings, host, first)
    except ForgeError as error:
        raise CannotJudgeError(str(error)) from error


def _repositories(forge: Forge, name: str) -> Iterator[ListedRepository]:
    try:
        found = forge.repository(name) if "/" in name else None
        if found is not None:
            yield found
            return
        yield from forge.repositories(name)
    except ForgeError as error:
        raise CannotJudgeError(f"{printable(name)}: {error}") from error


def _looked_through(settings: Settings, store: Store, forge: Forge, repository: ListedRepository) -> tuple[str, bool]:
    """What was found, and whether all went well."""
    work = InventoryRequested(forge.name, repository.host, repository.id, repository.name, "backfill")
    run = f"backfill:{uuid.uuid4()}"
    for attempt in range(1, TRIES + 1):
        result = Steps(settings, store).attempt(run, to_plain(work))
        if result["wait"] is None:
            return result["remark"], not result["failed"]
        if attempt < TRIES:
            wait = min(max(result["wait"], 1.0), LONGEST_WAIT)
            click.echo(f"{printable(repository.name)}: {result['remark']}; going on in {wait:.0f} s", err=True)
            time.sleep(wait)
    return f"{result['remark']}; run it again later", False
