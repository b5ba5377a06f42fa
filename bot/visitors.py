"""Where a request to our pages comes from."""

from __future__ import annotations

import ipaddress

from flask import request

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
"""Headers by which a proxy tells that a request comes from elsewhere."""


def is_local() -> bool:
    """True for a request from this machine that no proxy forwarded."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    return is_loopback(request.remote_addr or "")


def is_loopback(host: str) -> bool:
    """True for the names and addresses by which a machine speaks to itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
