"""Where requests may go: to the forge, and to public addresses that the forge names; never into a private network.

The addresses of Git LFS objects and of redirects come from the forge's answers. A name is looked up once, when a
connection is made, and the connection goes to the very address that was checked: a name that changes its address
between a check and its use gains nothing.
"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from http.cookiejar import DefaultCookiePolicy
from socket import SOCK_STREAM, gaierror, getaddrinfo, socket
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from bot.scanner.readers import UnreadableError

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses that a gateway translates into the IPv4 address at their end (RFC 6052)."""
_NO_HOSTS: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network] = tuple(
    map(ipaddress.ip_network, ("192.88.99.0/24", "64:ff9b:1::/48", "2001:20::/28", "3fff::/20", "5f00::/16"))
)
"""What some versions of Python take for public, and IANA (registries of special-purpose addresses) does not: relays of
6to4, NAT64 within a site, identifiers, documentation, segment routing."""


@functools.lru_cache(maxsize=16)
def guarded_session(forge_host: str) -> requests.Session:
    """A session that reaches public addresses and the forge's own host, wherever that one is; it keeps no cookies.

    Its requests raise UnreadableError for what they may not reach. Where a proxy is set, the proxy looks names up.
    """
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _Guarded(forge_host)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def is_public(address: str) -> bool:
    """True for an address on the internet, as far as the address itself tells."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(
        one.is_global and not one.is_multicast and not any(one in network for network in _NO_HOSTS)
        for one in _meant(found)
    )


def is_the_forges(host: str, forge_host: str) -> bool:
    """True for the forge's own host and for names below it, which whoever runs the forge gives out."""
    return host == forge_host or (not _is_address(forge_host) and host.endswith(f".{forge_host}"))


def _meant(address: _Address) -> Iterator[_Address]:
    """An address and those that it leads to: IPv6 has several ways to write an IPv4 address."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    yield from (one for one in inner if one is not None)
    if address.ipv4_mapped is None:
        yield address


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _checked(host: str, port: int | None, forge_host: str) -> list[str]:
    """The addresses of a host. Raises UnreadableError where one of them is not to be reached, OSError where none is."""
    found = getaddrinfo(host.strip("[]"), port, type=SOCK_STREAM)
    addresses = list(dict.fromkeys(str(row[4][0]) for row in found))
    if not is_the_forges(host, forge_host) and not all(map(is_public, addresses)):
        raise UnreadableError(f"the forge names {host}, which lies in a private network")
    return addresses


class _Guarded(HTTPAdapter):
    """Makes connections that check where they go."""

    def __init__(self, forge_host: str) -> None:
        self._forge_host = forge_host
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools of connections."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _pools(self._forge_host)

    def send(  # noqa: PLR0917 - the parent's
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send a request. Raises UnreadableError where it may not go there."""
        parts = urlsplit(request.url or "")
        if select_proxy(request.url or "", dict(proxies or {})) and parts.hostname:
            try:
                _checked(parts.hostname, parts.port, self._forge_host)
            except OSError:  # only the proxy knows the name, and what may be reached through it
                if _is_address(parts.hostname):
                    raise
        return super().send(request, stream, timeout, verify, cert, proxies)


def _pools(forge_host: str) -> Mapping[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket:
            return _dial(self, forge_host)

    class Encrypted(HTTPSConnection):
        def _new_conn(self) -> socket:
            return _dial(self, forge_host)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}


def _dial(connection: HTTPConnection, forge_host: str) -> socket:
    """Connect to an address that was checked. The connection keeps its name, for the certificate and the request."""
    failure: OSError = OSError("it has no address")
    try:
        addresses = _checked(connection.host, connection.port, forge_host)
    except gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    for address in addresses:
        try:
            return create_connection(
                (address, connection.port),
                connection.timeout,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except OSError as error:
            failure = error
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, f"connecting to {connection.host} timed out") from failure
    raise NewConnectionError(connection, f"connecting failed: {failure}") from failure
