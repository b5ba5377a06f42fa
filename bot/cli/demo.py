"""`weighbridge demo`: the whole line on this machine, with real weights and a forge of our own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markdown import Markdown
from rich.panel import Panel
from rich.rule import Rule

from bot.sandbox.server import Sandbox

if TYPE_CHECKING:
    from bot.sandbox.model import MergeRequest
    from bot.sandbox.scenes import Stage

START_LIMIT = 60.0
"""Seconds within which receiver and worker must be ready on a slow machine."""
REVIEW_LIMIT = 120.0
"""Seconds within which a merge request must be answered."""
WIDTH = 110
"""Columns in which a comment reads well."""
SECRET = "demo"  # noqa: S105 - both ends run on the loopback address for as long as the demo does


@click.command("demo")
@click.option("--once", is_flag=True, help="End after the third merge request instead of waiting for Ctrl-C.")
def command(once: bool) -> None:
    """Play three merge requests through the real bot, on this machine alone.

    Starts a sandbox with a GitHub and a GitLab over real git repositories, and the bot itself: webhook
    receiver, worker, dashboard and a SQLite database in a temporary folder. Needs no account and no token.
    """
    try:
        from bot.sandbox import scenes  # noqa: PLC0415 - the weights need libraries of an extra
    except ImportError as error:
        raise click.ClickException(
            f"the demo makes real weight files and needs {error.name}: pip install 'weighbridge[demo]', or `make demo`"
        ) from error
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends it, the bot's processes end too
    terminal = Console()
    console = Console(width=min(terminal.width, WIDTH) if terminal.is_terminal else WIDTH)
    with (
        tempfile.TemporaryDirectory(prefix="weighbridge-demo-") as folder,
        Sandbox(Path(folder, "forge")) as sandbox,
        contextlib.suppress(KeyboardInterrupt),
    ):
        stage = scenes.set_stage(sandbox.world)
        with (
            console.status("Starting the sandbox, the receiver and a worker") as starting,
            _bot(Path(folder), sandbox, stage) as url,
        ):
            starting.stop()
            for repository in stage.repositories.values():
                sandbox.world.add_hook(repository, f"{url}/webhooks/{repository.forge}", SECRET)
            sandbox.world.webhooks.wait_all()
            console.print(f"The sandbox forge: {sandbox.url}\nThe bot's dashboard: {url}/\n")
            for number, scene in enumerate(scenes.SCENES, 1):
                forge = stage.repositories[scene.repository].forge
                console.print(Rule(f"{number} of {len(scenes.SCENES)}: {scene.title} ({scene.repository} on {forge})"))
                console.print(scene.story, style="italic")
                _show_answer(console, sandbox, scenes.play(sandbox.world, stage, scene), url)
            if not once:
                _wait_for_interrupt(console, url)


@contextlib.contextmanager
def _bot(folder: Path, sandbox: Sandbox, stage: Stage) -> Iterator[str]:
    """The bot's processes, from ready to stopped; yields the address of the receiver and dashboard."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WEIGHBRIDGE_")}
    settings = {
        "WEIGHBRIDGE_DATABASE_URL": f"sqlite:///{folder / 'weighbridge.db'}",
        "WEIGHBRIDGE_LISTEN": f"127.0.0.1:{port}",
        "WEIGHBRIDGE_PUBLIC_URL": url,
        "WEIGHBRIDGE_GITHUB_API_URL": sandbox.github_api_url,
        "WEIGHBRIDGE_GITHUB_TOKEN": stage.github_token,
        "WEIGHBRIDGE_GITHUB_WEBHOOK_SECRET": SECRET,
        "WEIGHBRIDGE_GITLAB_URL": sandbox.gitlab_url,
        "WEIGHBRIDGE_GITLAB_TOKEN": stage.gitlab_token,
        "WEIGHBRIDGE_GITLAB_WEBHOOK_SECRET": SECRET,
    }
    log = folder / "bot.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli.main", "serve"],
            env={**inherited, **settings},
            cwd=folder,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(url, process, log)
        yield url
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=30)
        process.kill()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(f"{url}/readyz"):  # noqa: S310
            return
        time.sleep(0.2)
    ending = log.read_text(errors="replace")[-2000:]
    raise click.ClickException(f"the bot did not start within {START_LIMIT:.0f} seconds. Its log ends:\n{ending}")


def _show_answer(console: Console, sandbox: Sandbox, merge_request: MergeRequest, url: str) -> None:
    """Wait for the bot's comment and verdict on a merge request and print both as the forge received them."""
    world = sandbox.world
    repository = world.repository(merge_request.repository_id)
    deadline = time.monotonic() + REVIEW_LIMIT
    while True:
        notes = world.conversation.comments(merge_request)
        statuses = world.verdicts.newest_statuses(repository, merge_request.head)
        if notes and any(status.state not in {"pending", "running"} for status in statuses):
            break
        if time.monotonic() > deadline:
            raise click.ClickException(
                f"no answer came within {REVIEW_LIMIT:.0f} seconds; deliveries: {url}/deliveries"
            )
        time.sleep(0.1)
    for note in notes:
        console.print(
            Panel(Markdown(_without_markup(note.body)), title=f"comment by {note.author}", title_align="left")
        )
    for status in statuses:
        console.print(f"status [bold]{status.context}[/]: [bold]{status.state}[/] · {status.description}")
    console.print(f"on the forge: {sandbox.page_of(repository.full_name, merge_request.number)}")
    for status in statuses:
        console.print(f"on the dashboard: {status.target_url}\n")


def _without_markup(body: str) -> str:
    """The comment less its HTML (the hidden marker, folds), which a terminal cannot show."""
    return "\n".join(line for line in body.splitlines() if not line.startswith("<"))


def _wait_for_interrupt(console: Console, url: str) -> None:
    console.print(f"Everything stays up: look at the pages above, or at {url}/. Ctrl-C ends it.")
    while True:
        time.sleep(1)
