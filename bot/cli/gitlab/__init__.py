"""`weighbridge gitlab`: what is set up on GitLab itself. One module each."""

from __future__ import annotations

import sys

import click

from bot.cli._subcommands import group_of


@click.group("gitlab", cls=group_of(sys.modules[__name__]))
def command() -> None:
    """Set GitLab up for the bot."""
