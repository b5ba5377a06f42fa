"""What every part of the world stands on: one lock, one clock, one source of ids, and the listeners."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar, cast

from bot.sandbox.limits import Limits
from bot.sandbox.model import Event

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Ground")


class WorldError(Exception):
    """Something that cannot happen on a forge either, such as a merge request from a branch that is not there."""


def locked(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """A method that runs while no other thread changes the world."""

    @functools.wraps(method)
    def guarded(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.lock:
            return method(self, *args, **kwargs)

    return cast("Callable[Concatenate[S, P], R]", guarded)


class Ground:
    """Lock, clock, ids and listeners; `root` is the directory of everything on disk."""

    def __init__(self, root: Path, limits: Limits | None = None) -> None:
        self.root = root
        self.limits = limits or Limits()
        self.lock = threading.RLock()
        self._listeners: list[Callable[[Event], None]] = []
        self._last_id = 1000

    def next_id(self) -> int:
        """A number that no other record has."""
        with self.lock:
            self._last_id += 1
            return self._last_id

    def now(self) -> datetime:
        """The time in whole milliseconds, as GitLab shows it; GitHub cuts them off."""
        now = datetime.now(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Call a listener with every event from now on, in the thread that caused it and under the lock."""
        self._listeners.append(listener)

    def emit(self, event: Event) -> None:
        """Tell the listeners what happened."""
        for listener in self._listeners:
            listener(event)
