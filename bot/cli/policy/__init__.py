"""`weighbridge policy`: write, check, explain and try policies. One module each."""

from __future__ import annotations

import sys

import click

from bot.cli._subcommands import group_of


@click.group("policy", cls=group_of(sys.modules[__name__]))
def command() -> None:
    """Write, check, explain and try a policy before it is in force.

    A policy is a `.weighbridge.yml`, here by default; `pack:NAME` means a pack that is shipped.
    """
