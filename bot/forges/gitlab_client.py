"""One GitLab with one token: its calls through python-gitlab, and that library's exceptions in our words."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import requests
from gitlab import Gitlab
from gitlab.exceptions import GitlabAuthenticationError, GitlabError, RedirectError

from bot.forges.http import retry_after
from bot.forges.protocol import ForgeError, NotFoundError, Quota, RefusedError, UnavailableError

CALL_TIMEOUT = 20.0
"""Seconds without an answer after which a call counts as failed; python-gitlab itself would wait for ever."""
RATE_WAIT = 60.0
"""Seconds to wait on a limit that names no time: GitLab's limits are counted by the minute."""
_PAGE = 100


class GitLabClient:
    """Answers are plain JSON data; every failure is a ForgeError."""

    def __init__(self, url: str, token: str) -> None:
        self.token = token
        self._last = threading.local()
        session = requests.Session()
        session.hooks["response"].append(self._remember)
        self._gitlab = Gitlab(
            url,
            private_token=token,
            timeout=CALL_TIMEOUT,
            per_page=_PAGE,
            user_agent="weighbridge",
            keep_base_url=True,
            session=session,
        )

    @property
    def api_url(self) -> str:
        """Address of the REST API: `https://host/api/v4`."""
        return self._gitlab.api_url

    def get(self, what: str, address: str, /, **query: Any) -> dict[str, Any]:
        """One object. `what` names the attempt for an error's message."""
        with self._in_our_words(what):
            answer = self._gitlab.http_get(address, query_data=query, obey_rate_limit=False)
        if not isinstance(answer, dict):
            raise ForgeError(f"{what}: GitLab answered with something that is no JSON object")
        return answer

    def pages(self, what: str, address: str, /, **query: Any) -> list[dict[str, Any]]:
        """All objects of a list, page by page until there is no next one."""
        return list(self.rows(what, address, **query))

    def rows(self, what: str, address: str, /, **query: Any) -> Iterator[dict[str, Any]]:
        """The objects of a list; a page is asked for when it is come to."""
        with self._in_our_words(what):
            yield from self._gitlab.http_list(address, query_data=query, iterator=True, obey_rate_limit=False)

    def head(self, what: str, address: str, /, **query: Any) -> Mapping[str, str]:
        """The headers of an answer."""
        with self._in_our_words(what):
            return self._gitlab.http_head(address, query_data=query, obey_rate_limit=False)

    def send(self, what: str, verb: str, address: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Write something; returns what GitLab says of it."""
        with self._in_our_words(what):
            answer = self._gitlab.http_request(verb, address, post_data=dict(body or {}), obey_rate_limit=False)
        try:
            content = answer.json() if answer.content else {}
        except ValueError:
            content = {}
        return content if isinstance(content, dict) else {}

    def graphql(self, what: str, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a GraphQL query, with its data or its errors."""
        address = f"{self.api_url.rpartition('/')[0]}/graphql"
        return self.send(what, "post", address, {"query": query, "variables": dict(variables)})

    def quota(self) -> Quota | None:
        """What the last answer told of the limit ("Rate limits", response headers)."""
        headers = getattr(self._last, "headers", {})
        told = [str(headers.get(f"RateLimit-{name}", "")) for name in ("Limit", "Remaining", "Reset")]
        if not all(number.isdecimal() and len(number) < 12 for number in told):
            return None
        allowed, remaining, reset = map(int, told)
        return Quota(allowed, remaining, datetime.fromtimestamp(reset, UTC))

    def _remember(self, response: requests.Response, *_args: Any, **_options: Any) -> None:
        self._last.headers = response.headers

    @contextmanager
    def _in_our_words(self, what: str) -> Iterator[None]:
        try:
            yield
        except GitlabAuthenticationError as error:
            raise RefusedError(f"{what}: GitLab refuses our token; renew WEIGHBRIDGE_GITLAB_TOKEN") from error
        except RedirectError as error:
            raise ForgeError(f"{what}: GitLab redirects; set WEIGHBRIDGE_GITLAB_URL to its final address") from error
        except GitlabError as error:
            raise self._translated(what, error) from error
        except requests.RequestException as error:
            raise UnavailableError(f"{what}: GitLab cannot be reached: {error}") from error

    def _translated(self, what: str, error: GitlabError) -> ForgeError:
        status = error.response_code or 0
        message = str(error.error_message)[:300]
        if status == 429:
            wait = retry_after(getattr(self._last, "headers", {}))
            return UnavailableError(f"{what}: GitLab limits our requests", RATE_WAIT if wait is None else wait)
        if status >= 500 or status == 409:
            return UnavailableError(f"{what}: GitLab answered {status} {message}")
        if status == 403:
            return RefusedError(
                f"{what}: GitLab refuses: {message}. The token needs the scope api and the role Developer"
            )
        if status == 404:
            return NotFoundError(f"{what}: GitLab says it is not there, or our token may not see it")
        return ForgeError(f"{what}: GitLab answered {status} {message}")
