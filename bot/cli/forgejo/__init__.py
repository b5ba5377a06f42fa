"""`weighbridge forgejo`: what is set up on Forgejo or Gitea itself. One module each."""

from __future__ import annotations

import sys

import click

from bot.cli._subcommands import group_of


@click.group("forgejo", cls=group_of(sys.modules[__name__]))
def command() -> None:
    """Set Forgejo or Gitea up for the bot."""
