"""Further forges beside the first of each kind: tables of `weighbridge.toml` such as `[[github]]`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import NoDecode


class SettingsError(Exception):
    """One or more settings are wrong. Each line of the message names one, its fault and the fix."""


def address(value: str) -> str:
    """An address without a slash at its end. Raises ValueError."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it must be an address such as https://host or https://host/path")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("it must have no user name, query or fragment")
    return value.rstrip("/")


def several(value: Any) -> Any:
    """Secrets as they may be written: `NEW,OLD`, or a list."""
    words = value.split(",") if isinstance(value, str) else value
    return tuple(word.strip() for word in words if word.strip()) if isinstance(words, (list, tuple)) else value


def read_key(name: str, key: SecretStr | None, file: Path | None) -> str | None:
    """A GitHub App's key, None where neither is set. Raises SettingsError where its file cannot be read."""
    if key is not None:
        # A one-line environment file carries the line ends of a PEM as \n.
        return key.get_secret_value().replace("\\n", "\n")
    if file is None:
        return None
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text file"
        raise SettingsError(
            f"{name}: {file}: {reason}; name the PEM file that GitHub gave you, readable by this user"
        ) from error


def identity_fault(app_id: int | None, token: SecretStr | None, *, has_key: bool) -> tuple[str, str] | None:
    """What is wrong with the credentials of a GitHub: the setting and the fault, None where nothing is."""
    if app_id is not None and not has_key:
        return "app_id", "a GitHub App needs its key; set {private_key_file}"
    if app_id is None and has_key:
        return "private_key", "a key is set without its App; set {app_id}"
    if app_id is not None and token is not None:
        return "token", "set either a token or a GitHub App, not both"
    return None


Secrets = Annotated[tuple[SecretStr, ...], NoDecode]
"""Several secrets at once, so that one can be replaced by another without losing a delivery: `NEW,OLD`."""
Address = Annotated[str, AfterValidator(address)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    token: SecretStr | None = None
    webhook_secret: Annotated[tuple[SecretStr, ...], BeforeValidator(several)] = ()


class GitHubTable(_Table):
    """A further GitHub, or a further App on one."""

    api_url: Address = "https://api.github.com"
    app_id: int | None = None
    private_key: SecretStr | None = None
    private_key_file: Path | None = None

    @model_validator(mode="after")
    def _one_identity(self) -> GitHubTable:
        has_key = bool(self.private_key or self.private_key_file)
        if fault := identity_fault(self.app_id, self.token, has_key=has_key):
            raise ValueError(f"{fault[0]}: {fault[1].format(private_key_file='private_key_file', app_id='app_id')}")
        return self

    @property
    def key(self) -> str | None:
        """The App's key. Raises SettingsError."""
        return read_key("[[github]] private_key_file", self.private_key, self.private_key_file)


class ServerTable(_Table):
    """A further GitLab, Forgejo or Gitea."""

    url: Address = Field(...)


TABLES: dict[str, type[_Table]] = {"github": GitHubTable, "gitlab": ServerTable, "forgejo": ServerTable}


def keys_of(table: str) -> Iterable[str]:
    """What a table may hold."""
    return TABLES[table].model_fields
