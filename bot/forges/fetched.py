"""Where fetched parts of repositories are kept: a directory for each, all of them together within a limit."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.forges.git_remote import FetchError

_LOCK = ".lock"
_REPOSITORY = ".git"
_WAIT = 0.1
"""Seconds between two tries to get a lock."""


@dataclass(frozen=True)
class Store:
    """Bare repositories under one directory, used by all workers of a machine."""

    root: Path
    limit: int
    """Bytes that all of them may take together."""

    @contextlib.contextmanager
    def held(self, key: str, until: float) -> Iterator[Path]:
        """The place of a repository, nobody else's until the block ends; it may be empty or hold what came earlier.

        What takes more than half of the room is begun anew, the others give way when room is needed, the one that was
        used longest ago first. After an error nothing is left at the place. Raises FetchError where another worker
        holds it until `until` (`time.monotonic`), or where the directory cannot be used.
        """
        try:
            self._prepare()
            place = self._place(key)
            with self._locked(key, until):
                if _size(place) > self.limit // 2:
                    _remove(place)
                place.mkdir(exist_ok=True)
                os.utime(place)
                try:
                    yield place
                except BaseException:
                    _remove(place)
                    raise
        except OSError as error:
            raise FetchError(f"the directory for fetched repositories cannot be used: {error.strerror}") from error

    def is_full(self) -> bool:
        """True where the limit is passed although all that nobody uses was removed."""
        if _size(self.root) <= self.limit:
            return False
        by_age = sorted(self.root.glob(f"*{_REPOSITORY}"), key=_last_used)
        for place in by_age:
            with contextlib.suppress(FetchError), self._locked(place.name.removesuffix(_REPOSITORY), 0):
                _remove(place)
            if _size(self.root) <= self.limit:
                return False
        return True

    def _prepare(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        about = self.root.stat()
        if about.st_uid != os.getuid() or about.st_mode & 0o022:
            raise FetchError("the directory for fetched repositories can be written to by other users")

    @contextlib.contextmanager
    def _locked(self, key: str, until: float) -> Iterator[None]:
        """Hold the lock of a repository. It is the kernel's: that of a killed worker is free."""
        with (self.root / f"{key}{_LOCK}").open("w") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > until:
                        raise FetchError("another review fetches the same repository") from error
                    time.sleep(_WAIT)
            yield

    def _place(self, key: str) -> Path:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}", key):
            raise FetchError("the repository's name is no name for a directory")
        return self.root / f"{key}{_REPOSITORY}"


def _last_used(place: Path) -> float:
    try:
        return place.stat().st_mtime
    except OSError:
        return 0.0


def _size(place: Path) -> int:
    """Bytes that the files below a directory take. Files come and go meanwhile."""
    total = 0
    for folder, _, names in os.walk(place):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.stat(os.path.join(folder, name), follow_symlinks=False).st_size  # noqa: PTH116, PTH118
    return total


def _remove(place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
