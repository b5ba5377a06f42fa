"""How the secrets of a new App reach the operator: files that they alone can read, or settings to copy once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bot.forges.github_manifest import RegisteredApp
from bot.settings import PREFIX

_OWN = 0o600
"""Nobody but the owner reads or writes it."""


@dataclass(frozen=True)
class HandedOver:
    """Where the settings are, or what they are where they could not be written."""

    settings_file: Path | None
    lines: tuple[str, ...] = ()
    """The settings, where they have to be copied."""
    private_key: str = ""
    problem: str = ""
    """Why nothing was written."""


def hand_over(app: RegisteredApp, api_url: str, directory: Path | None) -> HandedOver:
    """Write the key and the settings into the directory; what cannot be written is given back: GitHub tells it once."""
    key_file = Path(f"github-app-{app.id}.pem")
    if directory is None:
        return HandedOver(None, _lines(app, api_url, key_file), app.private_key)
    key_file = directory.absolute() / key_file
    settings_file = key_file.with_suffix(".env")
    lines = _lines(app, api_url, key_file)
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(key_file, app.private_key)
        _write(settings_file, "\n".join((*lines, "")))
    except OSError as error:
        problem = f"{error.filename or directory}: {error.strerror}"
        return HandedOver(None, _lines(app, api_url, Path(key_file.name)), app.private_key, problem)
    return HandedOver(settings_file)


def _lines(app: RegisteredApp, api_url: str, key_file: Path) -> tuple[str, ...]:
    """Settings as a file of environment variables, for systemd, containers and shells alike: no value needs quotes."""
    settings = {
        "GITHUB_API_URL": api_url,
        "GITHUB_APP_ID": str(app.id),
        "GITHUB_PRIVATE_KEY_FILE": str(key_file),
        "GITHUB_WEBHOOK_SECRET": app.webhook_secret or "",
    }
    return tuple(f"{PREFIX}{name}={value}" for name, value in settings.items())


def _write(path: Path, text: str) -> None:
    """A new file: one that is there already is another App's, or a trap."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWN), "w") as stream:
        stream.write(text)
