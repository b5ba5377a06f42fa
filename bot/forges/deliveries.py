"""Webhook calls as a forge remembers them: which of them arrived, and what they said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True)
class SentDelivery:
    """One attempt to tell us of something."""

    id: int
    guid: str
    """Of the event: attempts to deliver it again have the same."""
    at: datetime
    event: str
    arrived: bool
    answer: str
    """What came of it, in the forge's words: `OK`, `failed to connect`."""


class SentDeliveries(Protocol):
    """What a forge sent to the one webhook that is ours. Every method raises ForgeError."""

    def since(self, moment: datetime) -> Iterator[SentDelivery]:
        """The attempts since then, newest first; a call for each hundred, as far as they are taken."""
        ...

    def payload(self, delivery: SentDelivery) -> Mapping[str, Any]:
        """What it said: one call."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A forge that may remember what it sent us."""

    @property
    def deliveries(self) -> SentDeliveries | None:
        """What it sent, None where these credentials do not show it."""
        ...
