"""`weighbridge drift`: look again, now, at admitted weights whose licence may have changed around them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import click
from rich.console import Console
from rich.progress import track

from bot import logs
from bot.assembly import drift_watch_for
from bot.cli._cannot_judge import CannotJudgeError
from bot.cli._errors import explained, settings_or_exit
from bot.forges.protocol import ForgeError
from bot.review.drift import Looked
from bot.settings import Settings
from bot.store.records import Look
from bot.store.store import Store
from rules.text import printable

_WORDS = {
    Look.SAME: "same",
    Look.CHANGED: "changed",
    Look.GONE: "gone",
    Look.UNREADABLE: "unknown",
    Look.INSIDE: "same",
}


@click.command("drift")
@click.argument("repository", required=False)
@click.option("--now", "everything", is_flag=True, help="Look also at what is not due yet.")
def command(repository: str | None, everything: bool) -> None:
    """Look again at what was merged: is its licence still stated as it was then?

    A worker does so by itself, every WEIGHBRIDGE_DRIFT_EVERY. Without a REPOSITORY (its full name) all that is due is
    looked at; a named one is looked at in any case. A changed licence opens a flag on the dashboard. What was looked at
    is kept at once: break it off whenever you like.

    Exit status: 0 all is as it was, 1 a licence changed, 2 something could not be read.
    """
    settings = settings_or_exit()
    logs.configure(settings.log_format)
    with explained():
        store = Store(settings.database_url)
        try:
            store.migrate()
            counts = _run(settings, store, repository, everything=everything)
        finally:
            store.close()
    click.echo(", ".join(f"{count} {word}" for word, count in counts.items() if count) or "Nothing is due.")
    sys.exit(2 if counts["unknown"] else 1 if counts["changed"] else 0)


def _run(settings: Settings, store: Store, name: str | None, *, everything: bool) -> dict[str, int]:
    counts = dict.fromkeys(("same", "changed", "gone", "unknown"), 0)
    for line, word in _looks(settings, store, name, everything=everything):
        counts[word] += 1
        if line:
            click.echo(line)
    return counts


def _looks(settings: Settings, store: Store, name: str | None, *, everything: bool) -> Iterator[tuple[str, str]]:
    """A line for each artifact, empty where there is nothing to tell, and what it counts as."""
    wait = timedelta() if name is not None or everything else settings.drift_interval or timedelta()
    before = datetime.now(UTC) - wait
    console = Console(stderr=True)
    listed = store.repositories_to_look_at(before, sys.maxsize, name)
    if name is not None and not listed:
        raise CannotJudgeError(f"no weights of {name!r} were merged under a licence that could have changed")
    for repository in track(
        listed, "Looking at repositories", console=console, transient=True, disable=not console.is_terminal
    ):
        try:
            watch = drift_watch_for(repository, settings, store)
            while looked := list(watch.look(repository, before)):
                for one in looked:
                    yield _line(one), _WORDS[one.result.look]
        except ForgeError as error:
            yield f"unknown  {repository}: {error}", "unknown"


def _line(looked: Looked) -> str:
    result = looked.result
    if result.look in {Look.SAME, Look.INSIDE}:
        return ""
    told = result.finding.title if result.finding is not None else result.remark
    return f"{_WORDS[result.look]:<7}  {printable(f'{looked.repository} {looked.path}: {told}')}"
