"""`weighbridge forgejo connect`: make or repair the webhooks."""

from __future__ import annotations

import click

from bot.cli import _connecting


@click.command("connect")
@click.argument("names", nargs=-1, required=True, metavar="ORGANISATION_OR_REPOSITORY...")
@_connecting.options
def command(names: tuple[str, ...], host: str, dry_run: bool, new_secret: bool) -> None:
    """Make the webhooks of repositories, or repair those that are there.

    A hook of ours is known by its address. What it lacks is switched on; run it as often as you like. An ORGANISATION
    gets one hook for all its repositories where the token's account owns it (scope `write:organization`), and one in
    each of them elsewhere (the account has to be an administrator of the repository).

    Exit status: 0 all is as it should be, 2 something could not be connected.
    """
    _connecting.run("forgejo", names, host, dry_run=dry_run, renew=new_secret)
