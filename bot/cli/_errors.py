"""Errors of the operator's making end a command with one line each and exit code 2, without a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from bot.settings import Settings, SettingsError, load_settings
from bot.store.store import StoreError
from rules.checks import PluginError


@contextmanager
def explained() -> Iterator[None]:
    """Print what is wrong with the settings, the database or an installed rule, and stop."""
    try:
        yield
    except (SettingsError, StoreError, PluginError) as error:
        for line in str(error).splitlines():
            click.echo(f"weighbridge: {line}", err=True)
        sys.exit(2)


def settings_or_exit() -> Settings:
    """The settings of this process; stops it where they are wrong."""
    with explained():
        return load_settings()
