"""Credentials and errors of GitHub: an account's token or a GitHub App, and PyGithub's exceptions in our words."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests
from github import Auth, Github, GithubException, GithubIntegration
from github.GithubException import BadCredentialsException, RateLimitExceededException, UnknownObjectException
from github.PaginatedList import PaginatedList
from github.Repository import Repository
from github.Requester import Requester
from jwt import PyJWTError

from bot.forges.protocol import ForgeError, NotFoundError, RefusedError, UnavailableError

CONNECTION_TIMEOUT = 20
"""Seconds without an answer after which a call counts as failed."""
SECONDARY_WAIT = 60.0
"""Seconds to wait on a secondary limit that names no time (GitHub, "Best practices for using the REST API")."""
PERMISSIONS = {"contents": "read", "pull_requests": "write", "checks": "write", "metadata": "read"}
"""What an installation token is asked for: no more than the bot uses."""
OPTIONAL_PERMISSIONS = {"members": "read"}
"""What is asked for where the installation grants it: to see who is in a team whose review a policy requires."""
_PAGE = 100


@dataclass(frozen=True)
class Session:
    """A client with the credentials that fit one repository."""

    client: Github
    token_of: Auth.Auth

    @property
    def token(self) -> str:
        """The token that is valid now; fetches a new one where the old has run out."""
        return self.token_of.token


class TokenAccess:
    """One account's token for every repository."""

    is_app = False
    requester_of_app = None

    def __init__(self, api_url: str, token: str) -> None:
        auth = Auth.Token(token)
        self._session = Session(_client(api_url, auth), auth)

    def session_for(self, repository: str) -> Session:
        """The same session for all."""
        del repository
        return self._session

    def repositories_of(self, owner: str) -> Iterator[Repository]:
        """What the account sees of an organisation or a person. Raises GithubException."""
        requester = self._session.client.requester
        try:
            yield from PaginatedList(Repository, requester, f"/orgs/{owner}/repos", None)
        except UnknownObjectException:
            yield from PaginatedList(Repository, requester, f"/users/{owner}/repos", None)

    def identity(self) -> str:
        """Login of the account."""
        return self._session.client.get_user().login


class AppAccess:
    """A GitHub App: each installation has tokens of its own, which PyGithub renews before they run out."""

    is_app = True

    def __init__(self, api_url: str, app_id: int, private_key: str) -> None:
        self.app_id = app_id
        self._api_url = api_url
        self._auth = Auth.AppAuth(app_id, private_key)
        try:
            self._auth.create_jwt()
        except (ValueError, TypeError, PyJWTError) as error:
            raise ForgeError(
                "WEIGHBRIDGE_GITHUB_PRIVATE_KEY is no RSA private key: give the whole PEM file that GitHub made"
            ) from error
        self._integration = GithubIntegration(
            auth=self._auth, base_url=api_url, timeout=CONNECTION_TIMEOUT, retry=None, per_page=_PAGE
        )
        self._lock = threading.Lock()
        self._installations: dict[str, int] = {}
        self._asked: dict[int, dict[str, str]] = {}
        self._sessions: dict[int, Session] = {}

    @property
    def requester_of_app(self) -> Requester:
        """What asks GitHub as the App itself, and not for one of its installations."""
        return self._integration.requester

    def session_for(self, repository: str) -> Session:
        """The session of the installation that covers a repository (full name). Raises GithubException."""
        with self._lock:
            number = self._installations.get(repository)
            if number is None:
                owner, _, name = repository.partition("/")
                installation = self._integration.get_repo_installation(owner, name)
                number = installation.id
                self._installations[repository] = number
                granted = OPTIONAL_PERMISSIONS.keys() & (installation.permissions or {}).keys()
                self._asked[number] = PERMISSIONS | {kind: OPTIONAL_PERMISSIONS[kind] for kind in sorted(granted)}
            if number not in self._sessions:
                auth = self._auth.get_installation_auth(number, self._asked[number])
                self._sessions[number] = Session(_client(self._api_url, auth), auth)
            return self._sessions[number]

    def repositories_of(self, owner: str) -> Iterable[Repository]:
        """What the App is installed for in an owner's account. Raises GithubException."""
        for installation in self._integration.get_installations():
            if str(installation.raw_data["account"]["login"]).lower() == owner.lower():
                return installation.get_repos()
        return ()

    def identity(self) -> str:
        """Login of the App's bot account."""
        return f"{self._integration.get_app().slug}[bot]"


def _client(api_url: str, auth: Auth.Auth) -> Github:
    # Waiting for a limit is the job queue's business: a client that sleeps would hold a worker.
    return Github(
        auth=auth,
        base_url=api_url,
        timeout=CONNECTION_TIMEOUT,
        retry=None,
        per_page=_PAGE,
        user_agent="weighbridge",
        seconds_between_requests=None,
        seconds_between_writes=None,
    )


@contextmanager
def in_our_words(what: str) -> Iterator[None]:
    """Turn what PyGithub raises into ForgeError; `what` names the attempt, as `reading the files of ...`."""
    try:
        yield
    except UnknownObjectException as error:
        raise NotFoundError(f"{what}: GitHub says it is not there, or our credentials may not see it") from error
    except BadCredentialsException as error:
        raise RefusedError(
            f"{what}: GitHub refuses our credentials; renew WEIGHBRIDGE_GITHUB_TOKEN or the key"
        ) from error
    except RateLimitExceededException as error:
        raise UnavailableError(f"{what}: GitHub limits our requests", _wait(error)) from error
    except GithubException as error:
        raise _translated(what, error) from error
    except (requests.RequestException, OSError) as error:
        raise UnavailableError(f"{what}: GitHub cannot be reached: {error}") from error


def _translated(what: str, error: GithubException) -> ForgeError:
    message = str(error.message or error.data or "")[:300]
    if error.status == 429 or error.status >= 500:
        return UnavailableError(f"{what}: GitHub answered {error.status} {message}", _wait(error))
    if error.status == 403 and "limit" in message.lower():
        return UnavailableError(f"{what}: GitHub limits our requests", _wait(error))
    if error.status in {401, 403}:
        return RefusedError(f"{what}: GitHub refuses: {message}. Check the permissions of our token or App")
    if error.status in {404, 410}:
        return NotFoundError(f"{what}: GitHub says it is not there: {message}")
    return ForgeError(f"{what}: GitHub answered {error.status} {message}")


def _wait(error: GithubException) -> float | None:
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if str(headers.get("retry-after", "")).isdigit():
        return float(headers["retry-after"])
    if headers.get("x-ratelimit-remaining") == "0" and str(headers.get("x-ratelimit-reset", "")).isdigit():
        return max(1.0, float(headers["x-ratelimit-reset"]) - time.time())
    return SECONDARY_WAIT if error.status in {403, 429} else None
