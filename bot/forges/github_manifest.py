"""A GitHub App that was just registered from a manifest: its secrets, which GitHub tells once.

("Registering a GitHub App from a manifest", step 3, and "Create a GitHub App from a manifest" of the REST API.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from bot.forges.protocol import ForgeError, NotFoundError, UnavailableError

_CODE = re.compile(r"[A-Za-z0-9_-]{1,200}")
_TIMEOUT = 20.0
"""Seconds without an answer after which a call counts as failed."""


@dataclass(frozen=True)
class RegisteredApp:
    """An App as GitHub hands it over. What is secret is left out of its printout."""

    id: int
    name: str
    owner: str
    page: str
    """Address of its page, below which it is installed."""
    private_key: str = field(repr=False)
    webhook_secret: str | None = field(repr=False)

    @property
    def install_url(self) -> str:
        """Where people choose the repositories that it may see."""
        return f"{self.page.rstrip('/')}/installations/new"


def website_of(api_url: str) -> str:
    """Address of a GitHub's website: github.com, a company's ghe.com, or an Enterprise server with its API below it."""
    parts = urlsplit(api_url)
    host = parts.netloc
    if host == "api.github.com" or (host.startswith("api.") and host.endswith(".ghe.com")):
        return f"{parts.scheme}://{host.removeprefix('api.')}"
    return f"{parts.scheme}://{host}{parts.path.rstrip('/').removesuffix('/api/v3')}"


def convert(api_url: str, code: str) -> RegisteredApp:
    """Exchange the code of a registration, which is good for one use within an hour. Raises ForgeError."""
    what = "fetching the new App from GitHub"
    if not _CODE.fullmatch(code):
        raise ForgeError(f"{what}: that is no code of GitHub's")
    session = requests.Session()
    try:
        with session.post(
            f"{api_url}/app-manifests/{code}/conversions",
            headers={"Accept": "application/vnd.github+json", "User-Agent": "weighbridge"},
            timeout=_TIMEOUT,
            allow_redirects=False,
            auth=_no_auth,
        ) as response:
            return _registered(what, response)
    except requests.RequestException as error:
        # The address holds the code: the exception's own text would put it into a log.
        raise UnavailableError(f"{what}: GitHub cannot be reached ({type(error).__name__})") from None


def _registered(what: str, response: requests.Response) -> RegisteredApp:
    if response.status_code == requests.codes.not_found:
        raise NotFoundError(f"{what}: GitHub does not know this code; it is good for one use, within an hour")
    if response.status_code != requests.codes.created:
        raise ForgeError(f"{what}: GitHub answered {response.status_code} {response.reason}")
    try:
        found: Any = response.json()
        return RegisteredApp(
            id=int(found["id"]),
            name=str(found["name"]),
            owner=str((found.get("owner") or {}).get("login", "")),
            page=str(found["html_url"]),
            private_key=str(found["pem"]),
            webhook_secret=str(found["webhook_secret"]) if found.get("webhook_secret") else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ForgeError(f"{what}: GitHub's answer lacks the App's id or key") from None


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from adding credentials of its own from a netrc file."""
    return request
