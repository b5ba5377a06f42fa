"""`weighbridge serve`: receiver, dashboard and a worker, as one set of processes."""

from __future__ import annotations

import sys

import click

from bot import logs, supervisor
from bot.cli._errors import explained, settings_or_exit
from bot.store.store import Store
from rules.checks import all_checks

WEB_PROCESSES = 2
WEB_THREADS = 8
"""Threads of each web process. A request waits for the database more than it computes."""


@click.command("serve")
@click.option(
    "--worker/--no-worker", default=True, help="Run a worker too (the default), or receiver and dashboard only."
)
def command(worker: bool) -> None:
    """Receive webhooks, show the dashboard and review merge requests until stopped.

    Settings come from the environment (WEIGHBRIDGE_...) or from weighbridge.toml; `weighbridge doctor` checks them.
    """
    settings = settings_or_exit()
    logs.configure(settings.log_format)
    with explained():
        all_checks()  # a rule that cannot be used is told now, and not by each review
        store = Store(settings.database_url)
        store.migrate()
        store.close()
    web = [
        *(sys.executable, "-m", "gunicorn", "bot.app:create_app()"),
        *("--bind", settings.listen),
        *("--worker-class", "gthread", "--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS)),
        *("--graceful-timeout", "30", "--log-level", "warning", "--no-control-socket"),
    ]
    children = [supervisor.Child("web", web)]
    if worker:
        children.append(supervisor.Child("worker", [sys.executable, "-m", "bot.cli.main", "worker"]))
    click.echo(f"Weighbridge listens on {settings.listen}; people reach it at {settings.public_url}", err=True)
    supervisor.run(children)
