"""How the rooms are put together from the settings: a forge's client, and a reviewer that uses it."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from bot.forges import fetched
from bot.forges.forgejo import ForgejoForge
from bot.forges.github import GitHubForge
from bot.forges.gitlab import GitLabForge
from bot.forges.partial_fetch import PartialFetch
from bot.forges.protocol import Covering, Forge, ForgeError
from bot.instances import FORGES, Instance, all_instances, instances_of
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

_SETTLED = 600
"""Seconds for which it stays settled which of several Apps on one host is asked for a repository."""

log = logging.getLogger("weighbridge.advisories")


def reviewer_for(forge_name: str, settings: Settings, store: Store, host: str = "", repository: str = "") -> Reviewer:
    """A reviewer of one forge. Raises ForgeError where the settings hold no credentials for it."""
    instance = instance_for(forge_name, settings, host, repository)

    def record(judgement: Judgement) -> None:
        store.record(judgement, json_report.render(judgement))

    def dashboard_url(merge_request: MergeRequest) -> str:
        return merge_request_page(settings.public_url, merge_request.key)

    return Reviewer(
        client_of(instance, settings),
        record,
        pack_policy(settings.default_pack),
        dashboard_url,
        advisories=advisories_at(settings.advisories),
        memory=store,
        organisations=organisations_on(instance, settings, store),
        help_url=f"{settings.public_url}{WHY}",
        check_name=settings.check_name,
    )


def drift_watch_for(repository_key: str, settings: Settings, store: Store) -> DriftWatch:
    """Who looks again at what a repository (forge, host, id) admitted. Raises ForgeError where there are no
    credentials.
    """
    forge_name, _, place = repository_key.partition(":")
    # The name says which of several Apps is meant.
    several = len(instances_of(forge_name, settings)) > 1
    names = [one.merge_request.repository for one in store.admitted(repository_key)[:1]] if several else []
    instance = instance_for(forge_name, settings, place.rpartition(":")[0], names[0] if names else "")
    organisations = organisations_on(instance, settings, store)
    return DriftWatch(client_of(instance, settings), store, pack_policy(settings.default_pack), organisations)


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


@functools.lru_cache(maxsize=32)
def organisations_on(instance: Instance, settings: Settings, store: Store) -> OrganisationPolicies | None:
    """The policies of a forge's organisations, remembered for each process; None where they are switched off."""
    if settings.organisation_policy in {"", "off"}:
        return None
    default = pack_policy(settings.default_pack)
    return OrganisationPolicies(client_of(instance, settings), settings.organisation_policy, default, store)


def forges_of(settings: Settings) -> tuple[str, ...]:
    """The forges that the settings hold credentials for."""
    return tuple(dict.fromkeys(one.forge for one in all_instances(settings) if one.has_credentials))


def forge_for(forge_name: str, settings: Settings, host: str = "", repository: str = "") -> Forge:
    """The client of one forge. Raises ForgeError where it has no credentials.

    Where there are several of a kind, `host` tells which; of several Apps on one host, the one that is installed for
    `repository` (a full name, or an owner's) is taken.
    """
    return client_of(instance_for(forge_name, settings, host, repository), settings)


def instance_for(forge_name: str, settings: Settings, host: str = "", repository: str = "") -> Instance:
    """Which of the forges of a kind it is. Raises ForgeError where there is none, or no single one."""
    if forge_name not in FORGES:
        raise ForgeError(f"there is no forge {forge_name!r}")
    known = instances_of(forge_name, settings)
    if len(known) == 1:
        return known[0]
    here = [one for one in known if one.has_credentials and host in {"", one.host}]
    if len(here) == 1:
        return here[0]
    if not here:
        where = host or "any host"
        raise ForgeError(f"no credentials for {forge_name} on {where}: add a table [[{forge_name}]] for it")
    if len({one.host for one in here}) > 1:
        raise ForgeError(f"several of the settings are for {forge_name}: name its host")
    return _covering(tuple(here), settings, repository, int(time.monotonic() // _SETTLED))


@functools.lru_cache(maxsize=1_024)
def _covering(instances: tuple[Instance, ...], settings: Settings, repository: str, _period: int) -> Instance:
    """Of several Apps on one host the one that sees a repository. A token, which needs no installation, is the last."""
    ordered = sorted(instances, key=lambda one: one.app_id is None)
    for instance in ordered[:-1]:
        client = client_of(instance, settings)
        if isinstance(client, Covering) and client.covers(repository):
            return instance
    return ordered[-1]


@functools.lru_cache(maxsize=32)
def client_of(instance: Instance, settings: Settings) -> Forge:
    """The client of a forge, made once for each process. Raises ForgeError where it has no credentials."""
    return _FORGES[instance.forge](instance, settings)


def _fetcher(settings: Settings) -> PartialFetch | None:
    """What completes the lists that a forge cuts short; None where the operator wants nothing fetched."""
    if settings.fetch_limit == 0:
        return None
    return PartialFetch(fetched.Store(settings.fetched, settings.fetch_limit * 1024 * 1024))


def _github(instance: Instance, settings: Settings) -> Forge:
    if instance.app_id is not None:
        return GitHubForge(
            instance.url, app_id=instance.app_id, private_key=instance.private_key, fetcher=_fetcher(settings)
        )
    if instance.token is None:
        token, app = instance.setting("token"), instance.setting("app_id")
        raise ForgeError(f"no credentials for GitHub: set {token}, or {app} with its key")
    return GitHubForge(instance.url, token=instance.token.get_secret_value(), fetcher=_fetcher(settings))


def _gitlab(instance: Instance, settings: Settings) -> Forge:
    if instance.token is None:
        raise ForgeError(f"no credentials for GitLab: set {instance.setting('token')}")
    return GitLabForge(instance.url, instance.token.get_secret_value(), _fetcher(settings))


def _forgejo(instance: Instance, settings: Settings) -> Forge:
    if instance.token is None:
        raise ForgeError(f"no credentials for Forgejo: set {instance.setting('token')}")
    return ForgejoForge(instance.url, instance.token.get_secret_value(), _fetcher(settings))


_FORGES: Mapping[str, Callable[[Instance, Settings], Forge]] = {
    "github": _github,
    "gitlab": _gitlab,
    "forgejo": _forgejo,
}
