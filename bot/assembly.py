"""How the rooms are put together from the settings: a forge's client, and a reviewer that uses it."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from bot.forges import fetched
from bot.forges.forgejo import ForgejoForge
from bot.forges.github import GitHubForge
from bot.forges.gitlab import GitLabForge
from bot.forges.partial_fetch import PartialFetch
from bot.forges.protocol import Forge, ForgeError
from bot.reports import json as json_report
from bot.review.drift import DriftWatch
from bot.review.organisations import OrganisationPolicies
from bot.review.reviewer import Reviewer
from bot.scanner.advisories import AdvisoryIndex, read_advisories
from bot.settings import Settings
from bot.store.store import Store
from rules.facts import MergeRequest
from rules.findings import Judgement
from rules.policy import pack_policy

WHY = "/why"
"""Page of the dashboard that explains the comments; each of them links to it."""

log = logging.getLogger("weighbridge.advisories")


def reviewer_for(forge_name: str, settings: Settings, store: Store) -> Reviewer:
    """A reviewer of one forge. Raises ForgeError where the settings hold no credentials for it."""

    def record(judgement: Judgement) -> None:
        store.record(judgement, json_report.render(judgement))

    def dashboard_url(merge_request: MergeRequest) -> str:
        return merge_request_page(settings.public_url, merge_request.key)

    return Reviewer(
        forge_for(forge_name, settings),
        record,
        pack_policy(settings.default_pack),
        dashboard_url,
        advisories=advisories_at(settings.advisories),
        memory=store,
        organisations=organisations_on(forge_name, settings, store),
        help_url=f"{settings.public_url}{WHY}",
        check_name=settings.check_name,
    )


def drift_watch_for(forge_name: str, settings: Settings, store: Store) -> DriftWatch:
    """Who looks again at what one forge's repositories admitted. Raises ForgeError where there are no credentials."""
    default = pack_policy(settings.default_pack)
    return DriftWatch(forge_for(forge_name, settings), store, default, organisations_on(forge_name, settings, store))


def merge_request_page(public_url: str, key: str) -> str:
    """Address of a merge request's page on the dashboard."""
    return f"{public_url}/merge-requests/{quote(key, safe=':')}"


@functools.lru_cache(maxsize=2)
def advisories_at(paths: tuple[Path, ...]) -> AdvisoryIndex:
    """The operator's lists of known bad weights, read once for each process; what is wrong with them is logged."""
    index = read_advisories(paths)
    for problem in index.problems:
        log.warning("advisories: %s", problem)
    return index


@functools.lru_cache(maxsize=8)
def organisations_on(forge_name: str, settings: Settings, store: Store) -> OrganisationPolicies | None:
    """The policies of a forge's organisations, remembered for each process; None where they are switched off."""
    if settings.organisation_policy in {"", "off"}:
        return None
    default = pack_policy(settings.default_pack)
    return OrganisationPolicies(forge_for(forge_name, settings), settings.organisation_policy, default, store)


def forges_of(settings: Settings) -> tuple[str, ...]:
    """The forges that the settings hold credentials for."""
    has = {
        "github": settings.github_app_id is not None or settings.github_token is not None,
        "gitlab": settings.gitlab_token is not None,
        "forgejo": settings.forgejo_token is not None,
    }
    return tuple(name for name, given in has.items() if given)


@functools.lru_cache(maxsize=8)
def forge_for(forge_name: str, settings: Settings) -> Forge:
    """The client of one forge, made once for each process. Raises ForgeError where it has no credentials."""
    connect = _FORGES.get(forge_name)
    if connect is None:
        raise ForgeError(f"there is no forge {forge_name!r}")
    return connect(settings)


def _fetcher(settings: Settings) -> PartialFetch | None:
    """What completes the lists that a forge cuts short; None where the operator wants nothing fetched."""
    if settings.fetch_limit == 0:
        return None
    return PartialFetch(fetched.Store(settings.fetched, settings.fetch_limit * 1024 * 1024))


def _github(settings: Settings) -> Forge:
    if settings.github_app_id is not None:
        return GitHubForge(
            settings.github_api_url,
            app_id=settings.github_app_id,
            private_key=settings.private_key,
            fetcher=_fetcher(settings),
        )
    if settings.github_token is None:
        raise ForgeError(
            "no credentials for GitHub: set WEIGHBRIDGE_GITHUB_TOKEN, or WEIGHBRIDGE_GITHUB_APP_ID with its key"
        )
    token = settings.github_token.get_secret_value()
    return GitHubForge(settings.github_api_url, token=token, fetcher=_fetcher(settings))


def _gitlab(settings: Settings) -> Forge:
    if settings.gitlab_token is None:
        raise ForgeError("no credentials for GitLab: set WEIGHBRIDGE_GITLAB_TOKEN")
    return GitLabForge(settings.gitlab_url, settings.gitlab_token.get_secret_value(), _fetcher(settings))


def _forgejo(settings: Settings) -> Forge:
    if settings.forgejo_token is None:
        raise ForgeError("no credentials for Forgejo: set WEIGHBRIDGE_FORGEJO_TOKEN")
    return ForgejoForge(settings.forgejo_url, settings.forgejo_token.get_secret_value(), _fetcher(settings))


_FORGES: Mapping[str, Callable[[Settings], Forge]] = {"github": _github, "gitlab": _gitlab, "forgejo": _forgejo}
