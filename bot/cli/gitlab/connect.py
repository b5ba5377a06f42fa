"""`weighbridge gitlab connect`: make or repair the webhooks."""

from __future__ import annotations

import click

from bot.cli import _connecting


@click.command("connect")
@click.argument("names", nargs=-1, required=True, metavar="GROUP_OR_PROJECT...")
@click.option(
    "--no-tls-verification", is_flag=True, help="GitLab is not to check our certificate, where it cannot know it."
)
@_connecting.options
def command(names: tuple[str, ...], host: str, no_tls_verification: bool, dry_run: bool, new_secret: bool) -> None:
    """Make the webhooks of projects, or repair those that are there.

    A hook of ours is known by its address. What it lacks is switched on, and one that GitLab stopped calling is woken;
    run it as often as you like. A GROUP gets one hook for all its projects where GitLab has such hooks (Premium, with
    the role Owner), and one in each of its projects elsewhere (with the role Maintainer).

    Exit status: 0 all is as it should be, 2 something could not be connected.
    """
    _connecting.run("gitlab", names, host, dry_run=dry_run, renew=new_secret, verifies_tls=not no_tls_verification)
