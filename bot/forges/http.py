"""Reading parts of a large body over HTTP: by range where the server knows ranges, else by stopping early."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import requests

from bot.forges.addresses import guarded_session
from bot.forges.protocol import UnavailableError
from bot.scanner.readers import UnreadableError

TIMEOUT = (5.0, 20.0)
"""Seconds to connect, and between two pieces of an answer."""
REDIRECTS = 3
SKIP_LIMIT = 64 * 1024 * 1024
"""Bytes that are read and thrown away to reach an offset where the server ignores ranges."""
_PIECE = 64 * 1024


class HttpReader:
    """A blob behind one address.

    `headers` are sent to the address' own host only. A redirect is followed where `may_follow` allows its host,
    never with the headers to another host, and never into a private network.
    """

    def __init__(
        self,
        session: requests.Session,
        url: str,
        size: int,
        headers: Mapping[str, str],
        may_follow: Callable[[str], bool],
    ) -> None:
        self._session = session
        self._url = url
        self._size = size
        self._headers = dict(headers)
        self._may_follow = may_follow

    @property
    def size(self) -> int:
        """Length in bytes, as the forge gave it."""
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes as BlobReader does; reads no more of the body than up to the end of what is asked for."""
        length = max(0, min(length, self._size - offset))
        if length == 0:
            return b""
        with self._get(offset, length) as response:
            skip = 0 if response.status_code == requests.codes.partial_content else offset
            if skip > SKIP_LIMIT:
                raise UnreadableError("the server sends whole files only, and this part lies too deep in it")
            return self._collect(response, skip, length)

    def _get(self, offset: int, length: int) -> requests.Response:
        url, headers, session = self._url, self._headers, self._session
        for _ in range(REDIRECTS + 1):
            wanted = headers | {"Range": f"bytes={offset}-{offset + length - 1}", "Accept-Encoding": "identity"}
            response = self._ask(session, url, wanted)
            if not response.is_redirect:
                return self._checked(response)
            response.close()
            target = requests.compat.urljoin(url, response.headers["Location"])
            if urlsplit(target).netloc != urlsplit(url).netloc:
                if not self._may_follow(target):
                    host = urlsplit(target).hostname
                    raise UnreadableError(f"the forge redirects to {host}, which is not followed")
                headers = {name: value for name, value in headers.items() if name.lower() == "accept"}
                session = guarded_session(urlsplit(self._url).hostname or "")
            url = target
        raise UnreadableError("the forge redirects in circles")

    @staticmethod
    def _ask(session: requests.Session, url: str, headers: Mapping[str, str]) -> requests.Response:
        try:
            # auth is set so that requests does not add credentials of its own from a netrc file.
            return session.get(url, headers=headers, stream=True, allow_redirects=False, timeout=TIMEOUT, auth=_no_auth)
        except requests.RequestException as error:
            raise UnavailableError(f"reading a file from {urlsplit(url).hostname} failed: {error}") from error

    @staticmethod
    def _checked(response: requests.Response) -> requests.Response:
        if response.status_code in {requests.codes.ok, requests.codes.partial_content}:
            return response
        response.close()
        host = urlsplit(response.url).hostname
        if response.status_code == requests.codes.too_many_requests or response.status_code >= 500:
            raise UnavailableError(f"{host} answered {response.status_code}", retry_after(response.headers))
        raise UnreadableError(f"{host} answered {response.status_code} {response.reason}")

    @staticmethod
    def _collect(response: requests.Response, skip: int, length: int) -> bytes:
        collected = bytearray()
        try:
            for piece in response.iter_content(_PIECE):
                collected += piece[skip:] if skip else piece
                skip = max(0, skip - len(piece))
                if len(collected) >= length:
                    break
        except requests.RequestException as error:
            raise UnavailableError(f"the connection broke while a file was read: {error}") from error
        return bytes(collected[:length])


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that an answer asks us to wait, None where it does not say."""
    value = headers.get("Retry-After") or headers.get("retry-after") or ""
    return float(value) if value.isdigit() else None


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
