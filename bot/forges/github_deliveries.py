"""What GitHub sent to the webhook of our App ("REST API endpoints for GitHub App webhooks").

GitHub tries once. It remembers each attempt for three days ("Handling failed webhook deliveries").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from github.Requester import Requester
from requests.utils import parse_header_links

from bot.forges.deliveries import SentDelivery
from bot.forges.github_client import in_our_words
from bot.forges.protocol import ForgeError

_PAGES = 30
"""Pages that are read at one go: three thousand attempts."""


class AppDeliveries:
    """The attempts, read with the App's own token."""

    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    def since(self, moment: datetime) -> Iterator[SentDelivery]:
        """The attempts since then, newest first. Raises ForgeError."""
        cursor: str | None = None
        for _ in range(_PAGES):
            query = {"per_page": 100} | ({"cursor": cursor} if cursor else {})
            with in_our_words("reading what GitHub sent to the App's webhook"):
                headers, rows = self._requester.requestJsonAndCheck("GET", "/app/hook/deliveries", parameters=query)
            for row in rows if isinstance(rows, list) else ():
                sent = _sent(row)
                if sent.at < moment:
                    return
                yield sent
            cursor = _next(headers.get("link", ""))
            if cursor is None:
                return

    def payload(self, delivery: SentDelivery) -> Mapping[str, Any]:
        """What it said. Raises ForgeError."""
        what = f"reading the webhook call {delivery.guid} again"
        with in_our_words(what):
            _, found = self._requester.requestJsonAndCheck("GET", f"/app/hook/deliveries/{delivery.id}")
        payload = ((found or {}).get("request") or {}).get("payload")
        if not isinstance(payload, dict):
            raise ForgeError(f"{what}: GitHub does not tell what it said")
        return payload


def _sent(row: Mapping[str, Any]) -> SentDelivery:
    code = int(row.get("status_code") or 0)
    return SentDelivery(
        id=int(row["id"]),
        guid=str(row["guid"]),
        at=datetime.fromisoformat(str(row["delivered_at"])),
        event=str(row["event"]),
        arrived=200 <= code < 400,
        answer=f"{code} {row.get('status') or ''}".strip()[:100],
    )


def _next(link: str) -> str | None:
    """The cursor of the next page; other parts of the address are not ours to follow."""
    for one in parse_header_links(link) if link else ():
        if one.get("rel") == "next":
            cursors = parse_qs(urlsplit(one["url"]).query).get("cursor")
            return cursors[0] if cursors else None
    return None
