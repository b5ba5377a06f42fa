"""What an operator can set: by environment (prefix `WEIGHBRIDGE_`) or in `weighbridge.toml`; the environment wins."""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import socket
import tempfile
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.setting_tables import (
    TABLES,
    GitHubTable,
    Secrets,
    ServerTable,
    SettingsError,
    address,
    identity_fault,
    keys_of,
    read_key,
    several,
)
from rules.packs import pack_names

__all__ = ["DEFAULT_FILE", "PREFIX", "Settings", "SettingsError", "load_settings"]

PREFIX = "WEIGHBRIDGE_"
DEFAULT_FILE = "weighbridge.toml"

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(?P<number>[1-9][0-9]{0,3})(?P<unit>[smhdw])")


class Settings(BaseSettings):
    """Every setting with its default. Secrets are never shown, not even in a debugger's printout."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, env_ignore_empty=True)

    database_url: str = Field(
        "sqlite:///weighbridge.db",
        description="Database of deliveries and flags: `sqlite:///relative.db`, `sqlite:////absolute.db` "
        "or `postgresql://user:password@host/name`.",
    )
    listen: str = Field("127.0.0.1:8080", description="Address and port of the receiver and the dashboard.")
    public_url: str = Field(
        "http://127.0.0.1:8080", description="Address at which people reach the dashboard; links in comments use it."
    )
    github_api_url: str = Field("https://api.github.com", description="GitHub's REST API; Enterprise: `.../api/v3`.")
    github_token: SecretStr | None = Field(None, description="Token of the account the bot acts under on GitHub.")
    github_app_id: int | None = Field(None, description="Id of the GitHub App, instead of a token.")
    github_private_key: SecretStr | None = Field(None, description="The App's private key (PEM).")
    github_private_key_file: Path | None = Field(None, description="File that holds the App's private key (PEM).")
    github_webhook_secret: Secrets = Field(
        (), description="Secret of the GitHub webhook; several while one is replaced."
    )
    gitlab_url: str = Field("https://gitlab.com", description="Address of the GitLab instance.")
    gitlab_token: SecretStr | None = Field(None, description="Project, group or personal token with the scope `api`.")
    gitlab_webhook_secret: Secrets = Field(
        (),
        description="Secret token of the GitLab webhook, or its signing token (`whsec_...`); several during a change.",
    )
    forgejo_url: str = Field("https://codeberg.org", description="Address of the Forgejo or Gitea instance.")
    forgejo_token: SecretStr | None = Field(
        None,
        description="Token of the account the bot acts under on Forgejo, with the scopes `write:repository`, "
        "`write:issue` and `read:user`; `read:organization` too where a policy requires the review of a team.",
    )
    forgejo_webhook_secret: Secrets = Field(
        (), description="Secret of the Forgejo webhook; several while one is replaced."
    )
    advisories: Annotated[tuple[Path, ...], NoDecode] = Field(
        (),
        description="Lists of weights that somebody warns of, separated by commas: a file of `sha256  reason` lines, "
        "or OSV records as a JSON file, a folder or a zip. They are read once, when a worker first reviews.",
    )
    dashboard: str = Field(
        "local",
        pattern="^(local|open)$",
        description="Who sees the dashboard: `local`, requests from this machine that no proxy forwarded; "
        "`open`, everybody who reaches it (put a login in front where repositories are private).",
    )
    setup_directory: Path | None = Field(
        None,
        description="Directory into which the page `/setup/github` writes the key and the settings of a new GitHub "
        "App, readable by the bot's own user alone. Without it they are shown once.",
    )
    setup_secret: SecretStr | None = Field(
        None,
        min_length=16,
        description="Opens `/setup/github` from elsewhere than this machine until an App is set up: a long word of "
        "your own. Take it out again afterwards.",
    )
    default_pack: str = Field("guix", description="Guideline for repositories without a `.weighbridge.yml`.")
    organisation_policy: str = Field(
        ".weighbridge",
        pattern=r"^[A-Za-z0-9._-]{0,100}$",
        description="Repository of each organisation (on GitLab: of each top group) whose `.weighbridge.yml` lies "
        "beneath those of all its repositories; it is read anew every ten minutes. The bot has to be able to read it "
        "(a GitHub App: be installed there). `off` for none.",
    )
    check_name: str = Field(
        "weighbridge",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._()/-]{0,49}$",
        description="Name of the check or commit status. Two instances that judge the same repositories by different "
        "policies need different names: `weighbridge (models)`.",
    )
    worker_id: str = Field(
        default_factory=socket.gethostname,
        description="Name of a worker, unique and the same after a restart: it takes up again what it held. "
        "The host's name by default.",
    )
    concurrency: int = Field(4, ge=1, le=64, description="Merge requests that one worker reviews at the same time.")
    fetch_limit: int = Field(
        512,
        ge=0,
        le=1_000_000,
        description="MiB that partly fetched repositories may take on disk, of all repositories together: git fetches "
        "what a forge does not list in full. The one used longest ago gives way. `0`: nothing is fetched, and reports "
        "say what was not seen.",
    )
    fetch_directory: Path | None = Field(
        None,
        description="Where they are kept; one directory for all workers of a machine. Beside the SQLite database by "
        "default, with Postgres in the system's directory for temporary files.",
    )
    retry_waits: Annotated[tuple[float, ...], NoDecode] = Field(
        (5.0, 15.0, 60.0, 300.0, 900.0),
        description="Seconds before each further try where a forge is down and does not say when to come back; "
        "after the last the merge request is told that it could not be evaluated.",
    )
    drift_every: str = Field(
        "7d",
        description="How long after the merge, and then after each look, weights are looked at again where they lie, "
        "for a licence that changed in the files around them: a number up to 9999 with `s`, `m`, `h`, `d` or `w`; "
        "`off` for never.",
    )
    catch_up_every: str = Field(
        "1h",
        description="How often a worker looks for webhooks that never came: at what GitHub sent to the App, or at the "
        "open merge requests of repositories that are known. As above; `off` for never.",
    )
    github: tuple[GitHubTable, ...] = Field(
        (), description="Further GitHub servers and Apps, see below; tables of `weighbridge.toml`."
    )
    gitlab: tuple[ServerTable, ...] = Field((), description="Further GitLab servers, likewise.")
    forgejo: tuple[ServerTable, ...] = Field((), description="Further Forgejo and Gitea servers, likewise.")
    log_format: str = Field("text", pattern="^(text|json)$", description="`text` or `json`, a line per event.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then what was read from the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    @field_validator("github_webhook_secret", "gitlab_webhook_secret", "forgejo_webhook_secret", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return several(value)

    @field_validator("advisories", mode="before")
    @classmethod
    def _paths(cls, value: Any) -> Any:
        return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value

    @field_validator("retry_waits", mode="before")
    @classmethod
    def _seconds(cls, value: Any) -> Any:
        return tuple(value.split(",")) if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value.startswith("sqlite:///") and len(value) > len("sqlite:///"):
            return value
        if match := re.fullmatch(r"postgres(?:ql)?(?:\+psycopg)?(://.+)", value):
            return f"postgresql+psycopg{match.group(1)}"
        raise ValueError("it must begin with sqlite:/// and a file, or with postgresql://")

    @field_validator("github_api_url", "gitlab_url", "forgejo_url", "public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        return address(value)

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if not colon or not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError("it must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080")
        if host.startswith("["):
            ipaddress.IPv6Address(host.strip("[]"))
        return value

    @field_validator("drift_every", "catch_up_every")
    @classmethod
    def _duration(cls, value: str) -> str:
        if value not in {"off", "0"} and not _DURATION.fullmatch(value):
            raise ValueError("it must be a number up to 9999 with s, m, h, d or w, such as 7d, or off")
        return value

    @field_validator("default_pack")
    @classmethod
    def _pack(cls, value: str) -> str:
        if value not in pack_names():
            raise ValueError(f"it must be one of: {', '.join(pack_names())}")
        return value

    @field_validator("worker_id")
    @classmethod
    def _name(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", value):
            raise ValueError("it may hold up to 64 letters, digits, dots, hyphens and underscores")
        return value

    @model_validator(mode="after")
    def _one_identity_on_github(self) -> Settings:
        has_key = bool(self.github_private_key or self.github_private_key_file)
        if fault := identity_fault(self.github_app_id, self.github_token, has_key=has_key):
            names = {"private_key_file": "GITHUB_PRIVATE_KEY_FILE", "app_id": "GITHUB_APP_ID"}
            raise ValueError(f"GITHUB_{fault[0].upper()}: {fault[1].format_map(names)}")
        return self

    @property
    def drift_interval(self) -> timedelta | None:
        """Time between two looks at an admitted artifact, None where nobody looks again."""
        return _duration(self.drift_every)

    @property
    def catch_up_interval(self) -> timedelta | None:
        """Time between two looks for webhooks that never came, None where nobody looks."""
        return _duration(self.catch_up_every)

    @property
    def private_key(self) -> str | None:
        """The GitHub App's key. Raises SettingsError where its file cannot be read."""
        return read_key(f"{PREFIX}GITHUB_PRIVATE_KEY_FILE", self.github_private_key, self.github_private_key_file)

    @property
    def fetched(self) -> Path:
        """The directory for partly fetched repositories."""
        if self.fetch_directory is not None:
            return self.fetch_directory.absolute()
        if self.database_url.startswith("sqlite:///"):
            path = Path(self.database_url.removeprefix("sqlite:///")).absolute()
            return path.with_name(f"{path.stem}-fetched")
        return Path(tempfile.gettempdir()) / f"weighbridge-{os.getuid()}-fetched"

    @property
    def jobs_database_url(self) -> str:
        """The job engine's own database: a file beside ours, or the same Postgres."""
        if not self.database_url.startswith("sqlite:///"):
            return self.database_url
        path = Path(self.database_url.removeprefix("sqlite:///"))
        return f"sqlite:///{path.with_name(f'{path.stem}-jobs{path.suffix}')}"


def _duration(text: str) -> timedelta | None:
    """What was written with a number and a unit, None for `off`."""
    match = _DURATION.fullmatch(text)
    return timedelta(seconds=int(match["number"]) * _SECONDS[match["unit"]]) if match else None


def load_settings() -> Settings:
    """Read the settings of this process. Raises SettingsError that names every wrong one."""
    from_file = _read_file()
    _refuse_unknown_names()
    try:
        settings = Settings(**from_file)
    except ValidationError as error:
        raise SettingsError("\n".join(_in_words(problem) for problem in error.errors())) from None
    _ = settings.private_key, [table.key for table in settings.github]
    return settings


def _read_file() -> dict[str, Any]:
    named = os.environ.get(f"{PREFIX}CONFIG")
    path = Path(named or DEFAULT_FILE)
    if not named and not path.exists():
        return {}
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}; {PREFIX}CONFIG must name a readable TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: it is no TOML: {error}") from error
    lowered = {name.lower(): value for name, value in values.items()}
    for name in lowered:
        if name not in Settings.model_fields:
            raise SettingsError(f"{path}: {_unknown(name, list(Settings.model_fields))}")
    return lowered


def _refuse_unknown_names() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields if name not in TABLES} | {f"{PREFIX}CONFIG"}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known:
            raise SettingsError(_unknown(name, sorted(known)))


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"{name}: there is no such setting{f'; did you mean {near[0]}?' if near else ''}"


def _in_words(problem: Any) -> str:
    message = str(problem["msg"]).removeprefix("Value error, ")
    message = message[0].lower() + message[1:] if problem["loc"] else message
    if not problem["loc"]:
        return f"{PREFIX}{message}"
    name = str(problem["loc"][0])
    if name in TABLES and len(problem["loc"]) > 1:
        return _of_table(name, problem["loc"][1:], problem["type"], message)
    described = Settings.model_fields[name].description if name in Settings.model_fields else ""
    return f"{PREFIX}{name.upper()}: {message}. {described}"


def _of_table(name: str, place: Any, kind: str, message: str) -> str:
    """A fault in one of the tables, as `[[gitlab]] 2, url: it must be an address`."""
    number, *keys = place
    where = f"[[{name}]] {number + 1 if isinstance(number, int) else number}"
    if kind == "extra_forbidden" and keys:
        return f"{where}, {_unknown(str(keys[0]), list(keys_of(name)))}"
    return f"{where}{f', {keys[0]}' if keys else ''}: {message}"
