"""The forges that the settings speak of: of each kind the one of the plain settings, and those of the tables."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.forges.github_manifest import website_of
from bot.settings import PREFIX, Settings

FORGES = ("github", "gitlab", "forgejo")


@dataclass(frozen=True)
class Instance:
    """One forge with one set of credentials."""

    forge: str
    url: str
    """Address of the forge; of GitHub, that of its API."""
    token: SecretStr | None = None
    secrets: tuple[SecretStr, ...] = ()
    app_id: int | None = None
    private_key: str | None = field(default=None, repr=False)
    table: int = 0
    """Which table of `weighbridge.toml` it is from, counted from 1; 0 for the plain settings."""

    @property
    def host(self) -> str:
        """Host of its pages, by which work names it."""
        return urlsplit(website_of(self.url) if self.forge == "github" else self.url).hostname or ""

    @property
    def has_credentials(self) -> bool:
        """True where the bot can act there."""
        return self.token is not None or self.app_id is not None

    @property
    def key(self) -> str:
        """What tells it from all others, for what is noted of it."""
        app = f":{self.app_id}" if self.app_id is not None else ""
        return f"{self.forge}:{self.host}{app}" if self.table else self.forge

    @property
    def label(self) -> str:
        """What people call it."""
        if not self.table:
            return self.forge
        return f"{self.forge} ({self.host}{f', App {self.app_id}' if self.app_id is not None else ''})"

    def setting(self, name: str) -> str:
        """What one of its settings is called: `WEIGHBRIDGE_GITHUB_TOKEN`, or `token` of its table."""
        if self.table:
            return f"{name} of the table [[{self.forge}]] {self.table} in weighbridge.toml"
        return f"{PREFIX}{self.forge.upper()}_{name.upper()}"


@functools.lru_cache(maxsize=32)
def instances_of(forge: str, settings: Settings) -> Sequence[Instance]:
    """Those of one kind: the one of the plain settings first, unless nothing is set there and there are tables."""
    tables = _from_tables(forge, settings)
    first = _first(forge, settings)
    return (first, *tables) if first.has_credentials or first.secrets or not tables else tables


def all_instances(settings: Settings) -> Sequence[Instance]:
    """Those of every kind that something is set for."""
    found = [one for forge in FORGES for one in instances_of(forge, settings)]
    return [one for one in found if one.has_credentials or one.secrets]


def _first(forge: str, settings: Settings) -> Instance:
    if forge == "github":
        return Instance(
            forge,
            settings.github_api_url,
            settings.github_token,
            settings.github_webhook_secret,
            settings.github_app_id,
            settings.private_key,
        )
    if forge == "gitlab":
        return Instance(forge, settings.gitlab_url, settings.gitlab_token, settings.gitlab_webhook_secret)
    return Instance(forge, settings.forgejo_url, settings.forgejo_token, settings.forgejo_webhook_secret)


def _from_tables(forge: str, settings: Settings) -> tuple[Instance, ...]:
    if forge == "github":
        return tuple(
            Instance(forge, one.api_url, one.token, one.webhook_secret, one.app_id, one.key, number)
            for number, one in enumerate(settings.github, 1)
        )
    return tuple(
        Instance(forge, one.url, one.token, one.webhook_secret, table=number)
        for number, one in enumerate(settings.gitlab if forge == "gitlab" else settings.forgejo, 1)
    )
