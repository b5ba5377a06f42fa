"""What looking into one file may cost in all, however its containers are nested."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.scanner.readers import BudgetExceededError, UnreadableError

BYTES = 256 * 1024 * 1024
"""Bytes that are inflated, and as many that are read of members in place: a second or two of work each."""
MEMBERS = 20_000
"""Members that are looked at."""
NESTED, DEEP = 50, 3
"""Members that an archive counts as which lies in two others or more: to open one costs as much."""
DEPTH = 5
"""Containers within containers: a wheel in the compressed tar of a Debian package is the fourth."""
RATIO = 1_000
"""Growth beyond which an archive that passes the limit is called what it is; deflate itself ends at 1,032."""


class Allowance:
    """Shared by a file, its members, their members: whoever spends first, spends for all."""

    def __init__(self) -> None:
        self._inflated = self._read = BYTES
        self._members = MEMBERS
        self._depth = 0
        self.shared: dict[str, object] = {}
        """What formats count over all members: see BoundedReader."""

    def inflate(self, count: int) -> None:
        """Take bytes that were unpacked. Raises BudgetExceededError where there are none left."""
        if count > self._inflated:
            raise BudgetExceededError(f"more than {BYTES // 2**20} MiB would have to be unpacked")
        self._inflated -= count

    def read(self, count: int) -> None:
        """Take bytes that are read of a member in place. Raises BudgetExceededError where there are none left."""
        if count > self._read:
            raise BudgetExceededError(f"more than {BYTES // 2**20} MiB of its members would have to be read")
        self._read -= count

    def count_member(self) -> None:
        """Take a member. Raises BudgetExceededError where there are none left."""
        if not self._members:
            raise BudgetExceededError(f"only {MEMBERS:,} members are looked at")
        self._members -= 1

    def count_archive(self) -> None:
        """Take what opening one more archive costs. Raises BudgetExceededError where there is not as much left."""
        if self._depth < DEEP:
            return
        if self._members < NESTED:
            raise BudgetExceededError(f"only {MEMBERS:,} members are looked at, and few archives within archives")
        self._members -= NESTED

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One container further in. Raises UnreadableError where that is too deep."""
        if self._depth >= DEPTH:
            raise UnreadableError(f"archives within archives are looked into {DEPTH} deep")
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
