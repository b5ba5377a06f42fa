"""One Forgejo (or Gitea) with one token: its calls, and what goes wrong with them in our words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import requests

from bot.forges.http import retry_after
from bot.forges.protocol import ForgeError, NotFoundError, RefusedError, UnavailableError

CALL_TIMEOUT = 20.0
"""Seconds without a byte after which a call counts as failed."""
RATE_WAIT = 60.0
"""Seconds to wait on a limit that names no time. Forgejo has none of its own; the proxies in front of it have."""
PAGE = 50
"""Entries of a page: the most that Forgejo gives unless it is told otherwise (MAX_RESPONSE_ITEMS)."""
_API = "/api/v1"
_PIECE = 64 * 1024


class MovedError(NotFoundError):
    """The repository has another name now."""


class ForgejoClient:
    """Answers are plain JSON data; every failure is a ForgeError."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.session = requests.Session()
        self.gives_blobs_together = True
        """False once the server has said that it does not know how to give several blobs in one answer."""

    @property
    def api_url(self) -> str:
        """Address of the REST API: `https://host/api/v1`."""
        return self.url + _API

    @property
    def credentials(self) -> dict[str, str]:
        """The header that says who asks; it goes to this host alone."""
        return {"Authorization": f"token {self.token}"}

    def get(self, what: str, address: str, /, **query: Any) -> dict[str, Any]:
        """One object. `what` names the attempt for an error's message."""
        with self._ask(what, "GET", address, query=query) as response:
            return _an_object(what, _json(what, response))

    def pages(self, what: str, address: str, /, **query: Any) -> list[dict[str, Any]]:
        """All objects of a list."""
        return list(self.rows(what, address, **query))

    def unpaged(self, what: str, address: str, /, **query: Any) -> list[dict[str, Any]]:
        """The objects of a list that has no pages."""
        with self._ask(what, "GET", address, query=query) as response:
            found = _json(what, response)
        return [_an_object(what, row) for row in found] if isinstance(found, list) else []

    def rows(self, what: str, address: str, /, **query: Any) -> Iterator[dict[str, Any]]:
        """All objects of a list, page by page as far as they are taken.

        Some lists say where the next page is, some only how many objects there are, and some have no pages. A page
        may be shorter than was asked for.
        """
        seen, page = 0, 1
        while True:
            with self._ask(what, "GET", address, query={**query, "limit": PAGE, "page": page}) as response:
                found = _json(what, response)
                rows = [_an_object(what, row) for row in found] if isinstance(found, list) else []
                yield from rows
                seen, page = seen + len(rows), page + 1
                total = response.headers.get("X-Total-Count", "")
                if not rows or not ("next" in response.links or (total.isdigit() and seen < int(total))):
                    return

    def send(self, what: str, verb: str, address: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Write something; returns what Forgejo says of it."""
        with self._ask(what, verb, address, body=body) as response:
            try:
                content = response.json() if response.content else {}
            except ValueError:
                content = {}
            return content if isinstance(content, dict) else {}

    def text(self, what: str, address: str, limit: int) -> tuple[bytes, bool]:
        """The first `limit` bytes of a text, and whether they are all of it."""
        with self._ask(what, "GET", address) as response:
            collected = bytearray()
            try:
                for piece in response.iter_content(_PIECE):
                    collected += piece
                    if len(collected) > limit:
                        return bytes(collected[:limit]), False
            except requests.RequestException as error:
                raise UnavailableError(f"{what}: the connection broke: {error}") from error
            return bytes(collected), True

    def small_file(self, what: str, address: str, limit: int, **query: Any) -> bytes | None:
        """A file's bytes, None where there is none. Raises ForgeError where it is larger, or a symlink."""
        try:
            with self._ask(what, "GET", address, query=query) as response:
                if response.headers.get("X-Gitea-Object-Type") == "symlink":
                    raise ForgeError(f"{what}: it is a symlink, not a regular file")
                told = response.headers.get("Content-Length", "")
                content = response.raw.read(limit + 1, decode_content=True) if not _exceeds(told, limit) else b""
        except NotFoundError:
            return None
        except (requests.RequestException, OSError) as error:
            raise UnavailableError(f"{what}: the connection broke: {error}") from error
        if _exceeds(told, limit) or len(content) > limit:
            size = f"{int(told):,} bytes" if told.isdigit() else "more"
            raise ForgeError(f"{what}: it has {size}; at most {limit:,} are read")
        return bytes(content)

    def length(self, what: str, address: str, /, **query: Any) -> int | None:
        """The size of a file, None where Forgejo does not tell it."""
        with self._ask(what, "GET", address, query=query) as response:
            told = response.headers.get("Content-Length", "")
            return int(told) if told.isdigit() else None

    def _ask(
        self,
        what: str,
        verb: str,
        address: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> requests.Response:
        """A successful answer, whose body is not read yet."""
        try:
            response = self.session.request(
                verb,
                self.api_url + address,
                params=query,
                json=body,
                headers=self.credentials | {"User-Agent": "weighbridge", "Accept-Encoding": "identity"},
                timeout=(min(5.0, CALL_TIMEOUT), CALL_TIMEOUT),
                stream=True,
                allow_redirects=False,
                auth=_no_auth,
            )
        except requests.RequestException as error:
            raise UnavailableError(f"{what}: Forgejo cannot be reached: {error}") from error
        if response.ok and not response.is_redirect:
            return response
        with response:
            raise _failure(what, response)


def _failure(what: str, response: requests.Response) -> ForgeError:
    status, message = response.status_code, _message(response)
    wait = retry_after(response.headers)
    if status == 429 or (status == 403 and wait is not None):
        return UnavailableError(f"{what}: Forgejo limits our requests", RATE_WAIT if wait is None else wait)
    if status >= 500:
        return UnavailableError(f"{what}: Forgejo answered {status} {message}", wait)
    if response.is_redirect:
        if "/api/v1/repos/" in response.headers.get("Location", ""):
            return MovedError(f"{what}: the repository has another name now")
        return ForgeError(f"{what}: Forgejo redirects; set WEIGHBRIDGE_FORGEJO_URL to its final address")
    if status == 401:
        return RefusedError(f"{what}: Forgejo refuses our token; renew WEIGHBRIDGE_FORGEJO_TOKEN")
    if status == 403:
        return RefusedError(
            f"{what}: Forgejo refuses: {message}. The token needs the scopes write:repository and write:issue, and its "
            "account write access to the repository"
        )
    if status == 404:
        return NotFoundError(f"{what}: Forgejo says it is not there, or our token may not see it")
    return ForgeError(f"{what}: Forgejo answered {status} {message}")


def _message(response: requests.Response) -> str:
    try:
        content = response.json()
    except (ValueError, requests.RequestException):
        return str(response.reason)
    return str(content.get("message", ""))[:300] if isinstance(content, dict) else ""


def _json(what: str, response: requests.Response) -> Any:
    try:
        return response.json()
    except requests.exceptions.JSONDecodeError as error:
        raise ForgeError(f"{what}: Forgejo answered with something that is no JSON") from error
    except requests.RequestException as error:
        raise UnavailableError(f"{what}: the connection broke: {error}") from error


def _an_object(what: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ForgeError(f"{what}: Forgejo answered with something that is no JSON object")
    return value


def _exceeds(told: str, limit: int) -> bool:
    return told.isdigit() and int(told) > limit


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from adding credentials of its own from a netrc file."""
    return request
