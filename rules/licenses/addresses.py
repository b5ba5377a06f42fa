"""Addresses at which licences are published. They are compared as text; nothing is fetched."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from rules.licenses.catalogue import catalogue, find_license
from rules.licenses.license import License
from rules.licenses.tables import license_rows

_FILE_ENDING = re.compile(r"(\.(html?|txt|md|json|php|en))+$")
_DASHED_VERSION = re.compile(r"(?<=\d)-(?=\d)")
_CC = re.compile(r"^/licenses/(by(?:-(?:nc|nd|sa))*)/(\d\.\d)(?:/.*)?$")
_CC_ZERO = re.compile(r"^/publicdomain/zero/1\.0(/.*)?$")
_CC_PORT = re.compile(r"^/licenses/([a-z-]+)/(\d\.\d)/([a-z]{2,3})(?:/.*)?$")
_LISTS = {
    "spdx.org": re.compile(r"^/licenses/([^/]+)$"),
    "opensource.org": re.compile(r"^/licenses?/([^/]+)$"),
    "choosealicense.com": re.compile(r"^/licenses/([^/]+)$"),
    "apache.org": re.compile(r"^/licenses/license-([^/]+)$"),
    "gnu.org": re.compile(r"^/(?:licenses|licenses/old-licenses)/([^/]+)$"),
    "mozilla.org": re.compile(r"^(?:/[a-z-]{2,5})?/mpl/([^/]+)$"),
}
_PREFIX = {"apache.org": "apache-", "mozilla.org": "mpl-"}


def license_at(address: str) -> License | None:
    """The licence that is published at an `http(s)` address, None where it is not one of the known places."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or parts.query:
        return None
    host = (parts.hostname or "").removeprefix("www.")
    path = parts.path.rstrip("/")
    if found := _own_addresses().get(f"{host}{path}".lower()):
        return found
    if host == "creativecommons.org":
        named = _creative_commons(path.lower())
        return find_license(named) if named else None
    identifier = _listed(host, path.lower())
    return catalogue().by_spdx_id.get(identifier) if identifier else None


def _listed(host: str, path: str) -> str | None:
    pattern = _LISTS.get(host)
    found = pattern.match(_FILE_ENDING.sub("", path)) if pattern else None
    if found is None:
        return None
    identifier = _PREFIX.get(host, "") + found[1]
    return identifier if identifier in catalogue().by_spdx_id else _DASHED_VERSION.sub(".", identifier)


def _creative_commons(path: str) -> str | None:
    if _CC_ZERO.match(path):
        return "cc0-1.0"
    if (port := _CC_PORT.match(path)) is not None:
        # A port to one jurisdiction is a licence of its own; SPDX lists some of them.
        return f"cc-{port[1]}-{port[2]}-{port[3]}"
    found = _CC.match(path)
    return f"cc-{found[1]}-{found[2]}" if found else None


@functools.cache
def _own_addresses() -> Mapping[str, License]:
    known = catalogue().by_spdx_id
    addresses = {
        address.removeprefix("https://"): row.id
        for row in license_rows()
        for address in (*row.urls, *([row.url] if row.url else []))
    }
    return {
        address.removeprefix("www.").rstrip("/").lower(): known[identifier.lower()]
        for address, identifier in addresses.items()
    }
