"""The processes that the units and compose files describe are started for real and do their work."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.store.store import Store

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"
LIMIT = 60.0


def _unit(name: str, instance: str = "") -> tuple[list[str], dict[str, str]]:
    """The command and the environment of a unit, for the program of this virtual environment."""
    text = (UNITS / name).read_text().replace("%i", instance)
    command = shlex.split(re.search(r"^ExecStart=(.+)$", text, re.MULTILINE)[1])  # type: ignore[index]
    assert command[0] == "/opt/weighbridge/bin/weighbridge"
    environment = dict(line.split("=", 1) for line in re.findall(r"^Environment=(.+)$", text, re.MULTILINE))
    return [str(Path(sys.executable).with_name("weighbridge")), *command[1:]], environment


def _until(happened: Callable[[], bool], what: str, log: Path) -> None:
    deadline = time.monotonic() + LIMIT
    while not happened():
        if time.monotonic() > deadline:
            pytest.fail(f"within {LIMIT} seconds it did not happen that {what}:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)


def test_the_units_start_a_receiver_and_two_workers_that_share_their_state(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WEIGHBRIDGE_")}
    described = [_unit("weighbridge-web.service"), *(_unit("weighbridge-worker@.service", one) for one in "12")]
    state = {
        "WEIGHBRIDGE_DATABASE_URL": f"sqlite:///{tmp_path / 'weighbridge.db'}",
        "WEIGHBRIDGE_LISTEN": f"127.0.0.1:{port}",
    }
    log = tmp_path / "log"
    processes = []
    with log.open("wb") as stream:
        for command, environment in described:
            own = {name: state.get(name, value) for name, value in environment.items()}
            processes.append(
                subprocess.Popen(command, env=inherited | own, cwd=tmp_path, stdout=stream, stderr=subprocess.STDOUT)
            )
    try:

        def ready() -> bool:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                    return bool(answer.status == 200)
            except OSError:
                return False

        _until(ready, "the receiver is ready", log)
        store = Store(Settings(database_url=state["WEIGHBRIDGE_DATABASE_URL"]).database_url)
        _until(lambda: list(store.live_workers()) == ["worker-1", "worker-2"], "both workers live", log)
        store.close()
        for process in processes:
            process.terminate()
        assert [process.wait(60) for process in processes] == [0, 0, 0]
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.chaos
@pytest.mark.postgres
def test_two_workers_share_one_postgres_as_the_compose_file_has_it(tmp_path: Path, postgres_url: str) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WEIGHBRIDGE_")}
    program = str(Path(sys.executable).with_name("weighbridge"))
    log = tmp_path / "log"
    processes = []
    with log.open("wb") as stream:
        for worker in ("worker-1", "worker-2"):
            own = {"WEIGHBRIDGE_DATABASE_URL": postgres_url, "WEIGHBRIDGE_WORKER_ID": worker}
            processes.append(
                subprocess.Popen([program, "worker"], env=inherited | own, cwd=tmp_path, stdout=stream, stderr=stream)
            )
    try:
        store = Store(Settings(database_url=postgres_url).database_url)
        store.migrate()
        _until(lambda: list(store.live_workers()) == ["worker-1", "worker-2"], "both workers live", log)
        store.close()
        for process in processes:
            process.terminate()
        assert [process.wait(60) for process in processes] == [0, 0]
    finally:
        for process in processes:
            process.kill()
            process.wait()
