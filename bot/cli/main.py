"""The `weighbridge` command: a group that collects every module of this room with a `command`."""

from __future__ import annotations

import importlib
import pkgutil

import click

import bot.cli


class Subcommands(click.Group):
    """Finds subcommands by their module, and imports one only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the subcommands, in alphabetical order."""
        del ctx
        modules = (module.name for module in pkgutil.iter_modules(bot.cli.__path__))
        return sorted(name.replace("_", "-") for name in modules if name != "main" and not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of that name, None where there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = importlib.import_module(f"bot.cli.{cmd_name.replace('-', '_')}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"bot.cli.{cmd_name} has no click command named `command`")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown name is answered with the list of known ones."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            known = ", ".join(self.list_commands(ctx))
            raise click.UsageError(f"there is no subcommand {args[0]!r}; there are: {known}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Subcommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="weighbridge", prog_name="weighbridge")
def main() -> None:
    """Judge pre-trained model weights in merge requests: licence, size, safety of loading, origin.

    `weighbridge demo` shows the whole line on this machine, without an account or a token.
    """


if __name__ == "__main__":
    main()
