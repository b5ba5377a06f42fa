"""Policies that are named on the command line: a file, or a pack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from bot.cli._policies import beside
from rules.checks import PluginError
from rules.policy import POLICY_LIMIT, POLICY_PATH, Policy, PolicyError, load_policy, pack_policy

PACK = "pack:"
"""What a pack's name follows, where a file could stand as well."""


class PolicyFaultError(click.ClickException):
    """A policy that cannot be used: a line for each mistake on standard error, exit status 1."""

    exit_code = 1

    def format_message(self) -> str:
        """The lines, each complete in itself."""
        return self.message

    def show(self, file: object = None) -> None:
        """Print them without the word `Error`, so that editors and CI find file and line at the start."""
        del file
        click.echo(self.message, err=True)


def argument(name: str, default: str | None = POLICY_PATH) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """A command's argument that names a policy."""
    required = default is None
    return click.argument(name, metavar=name.upper(), default=default, required=required)


ORGANISATION = click.option(
    "--organisation",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The organisation's policy that lies beneath.",
)


def named(word: str, organisation: Path | None = None) -> Policy:
    """The policy that a word of the command line means. Raises PolicyFaultError and click.UsageError."""
    try:
        if word.startswith(PACK):
            return pack_policy(word.removeprefix(PACK))
        beneath = None
        if organisation is not None:
            beneath = load_policy(_read(organisation), name=str(organisation), note="The organisation's own rule.")
        path = Path(word)
        return load_policy(_read(path), name=word, files=beside(path), beneath=beneath)
    except (PolicyError, PluginError) as error:
        raise PolicyFaultError(str(error)) from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(POLICY_LIMIT + 1)
    except OSError as error:
        hint = "; `weighbridge policy init` writes one" if str(path) == POLICY_PATH else ""
        raise click.UsageError(f"{path}: {error.strerror}{hint}") from error
