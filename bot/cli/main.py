"""The `weighbridge` command: a group that collects every module of this room with a `command`."""

from __future__ import annotations

import click

import bot.cli
from bot.cli._subcommands import group_of


@click.group(cls=group_of(bot.cli), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="weighbridge", prog_name="weighbridge")
def main() -> None:
    """Judge pre-trained model weights in merge requests: licence, size, safety of loading, origin.

    `weighbridge demo` shows the whole line on this machine, without an account or a token.
    """


if __name__ == "__main__":
    main()
