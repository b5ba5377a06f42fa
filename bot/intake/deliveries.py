"""An event as the delivery that the store keeps."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime

from bot.instances import Instance
from bot.intake.events import Event, Ignored, to_plain
from bot.store.records import Delivery, DeliveryState


def placed(event: Event, host: str) -> Event:
    """The event with its host: what a forge tells of its whole system names none."""
    if isinstance(event, Ignored) or event.host:
        return event
    return dataclasses.replace(event, host=host)


def of_its_sender(event: Event, senders: Iterable[Instance]) -> Event:
    """The event, if it is about a forge that can have sent it: whoever runs one forge has no say on another."""
    if isinstance(event, Ignored) or event.host in {one.host for one in senders}:
        return event
    return Ignored(f"it is about {event.host[:100]}, and another host sent it")


def delivery_of(forge: str, identity: str, event_name: str, event: Event) -> Delivery:
    """A delivery that comes now. `identity` is the forge's own of the event, `event_name` its name."""
    delivery = Delivery(
        id=f"{forge}:{identity}",
        forge=forge,
        event=event_name[:200],
        state=DeliveryState.IGNORED,
        received_at=datetime.now(UTC),
    )
    if isinstance(event, Ignored):
        return dataclasses.replace(delivery, remark=event.reason)
    return dataclasses.replace(
        delivery,
        event=event.cause,
        state=DeliveryState.RECEIVED,
        work=to_plain(event),
        merge_request_key=event.merge_request_key,
    )
