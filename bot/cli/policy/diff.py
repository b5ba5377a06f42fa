"""`weighbridge policy diff`: what one policy decides otherwise than another."""

from __future__ import annotations

import sys

import click

from bot.cli.policy._loading import argument, named
from rules.policy_diff import differences


@click.command("diff")
@argument("old", default=None)
@argument("new")
def command(old: str, new: str) -> None:
    """Say how NEW differs from OLD in what it decides, each a file or `pack:NAME`.

    Exit status: 0 they decide alike, 1 they differ.
    """
    clauses = differences(named(old), named(new))
    for clause in clauses:
        click.echo(f"- {clause}")
    if not clauses:
        click.echo(f"{old} and {new} decide alike.")
    sys.exit(1 if clauses else 0)
