"""`weighbridge worker`: one worker alone."""

from __future__ import annotations

import click

from bot import logs
from bot.cli._errors import explained, settings_or_exit
from rules.checks import all_checks


@click.command("worker")
def command() -> None:
    """Review merge requests until stopped.

    A worker takes up again what it held when it died, if it starts under the same WEIGHBRIDGE_WORKER_ID. Several
    workers need an id each; on several hosts they need Postgres.
    """
    settings = settings_or_exit()
    logs.configure(settings.log_format)
    from bot.jobs import run_worker  # noqa: PLC0415 - the job engine takes a second to import

    with explained():
        all_checks()  # a rule that cannot be used is told now, and not by each review
        run_worker(settings)
