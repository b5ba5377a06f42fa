"""Merge requests as answers to other questions showed them."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from rules.facts import MergeRequest

_REMEMBERED = 256
"""Merge requests that are kept at hand: more than any worker judges at a time."""


class Glances:
    """The last look at each merge request. May be used from several threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._seen: OrderedDict[tuple[str, int], tuple[float, MergeRequest]] = OrderedDict()

    def note(self, merge_request: MergeRequest) -> None:
        """Remember how it is."""
        with self._lock:
            self._seen[merge_request.repository_id, merge_request.number] = (self._now(), merge_request)
            while len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)

    def forget(self, merge_request: MergeRequest) -> None:
        """Forget what was seen before now."""
        with self._lock:
            self._seen.pop((merge_request.repository_id, merge_request.number), None)

    def seen(self, merge_request: MergeRequest, within: float) -> MergeRequest | None:
        """As it was at most so many seconds ago, None where nobody looked since."""
        with self._lock:
            at, found = self._seen.get((merge_request.repository_id, merge_request.number), (0.0, None))
        return found if found is not None and self._now() - at <= within else None
