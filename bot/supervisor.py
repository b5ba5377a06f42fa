"""Child processes that belong together: started, watched, started again when one dies, and stopped together."""

from __future__ import annotations

import logging
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

log = logging.getLogger("weighbridge.supervisor")

SHORTEST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
"""Seconds between a death and the next start; doubles with each death in a row."""
STEADY = 60.0
"""Seconds a child must live for its deaths to be counted anew."""
PATIENCE = 45.0
"""Seconds that children get to end by themselves: longer than a worker takes to end its reviews."""


@dataclass
class Child:
    """One program that should always be running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = field(default=0)
    due: float = 0.0
    """When to start it, on the monotonic clock."""

    def start(self) -> None:
        """Start it in our process group, so that whoever ends the group leaves no orphan."""
        self.process = subprocess.Popen(self.command)
        self.started = time.monotonic()
        log.info("%s runs as process %d", self.name, self.process.pid)

    def watch(self) -> None:
        """Start it where it is due; note where it died."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        self.deaths = 1 if now - self.started > STEADY else self.deaths + 1
        pause = min(SHORTEST_PAUSE * 2 ** (self.deaths - 1), LONGEST_PAUSE)
        log.warning("%s ended with code %d; it starts again in %.1f seconds", self.name, code, pause)
        self.process, self.due = None, now + pause


def run(children: Sequence[Child]) -> None:
    """Keep all children running until SIGTERM or SIGINT, then end them."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        while not stop.is_set():
            for child in children:
                child.watch()
            stop.wait(0.2)
    finally:
        _end(children)


def _end(children: Sequence[Child]) -> None:
    running = [child for child in children if child.process is not None]
    for child in running:
        assert child.process is not None  # noqa: S101 - filtered in the line above
        child.process.terminate()
    deadline = time.monotonic() + PATIENCE
    for child in running:
        assert child.process is not None  # noqa: S101
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("%s does not end and is killed; what it held runs again at the next start", child.name)
            child.process.kill()
            child.process.wait()
