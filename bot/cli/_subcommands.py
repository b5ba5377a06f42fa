"""Command groups that collect the modules of a room: adding a command is adding a module."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import click


class Subcommands(click.Group):
    """Finds subcommands by their module, and imports one only when it is asked for."""

    room: ModuleType
    """The package whose modules define the commands, each as `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the subcommands, in alphabetical order."""
        del ctx
        modules = (module.name for module in pkgutil.iter_modules(self.room.__path__))
        return sorted(name.replace("_", "-") for name in modules if name != "main" and not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of that name, None where there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = importlib.import_module(f"{self.room.__name__}.{cmd_name.replace('-', '_')}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.room.__name__}.{cmd_name} has no click command named `command`")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown name is answered with the list of known ones."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            known = ", ".join(self.list_commands(ctx))
            raise click.UsageError(f"there is no subcommand {args[0]!r}; there are: {known}", ctx)
        return super().resolve_command(ctx, args)


def group_of(room: ModuleType) -> type[Subcommands]:
    """The kind of group whose commands are the modules of `room`."""
    return type("Subcommands", (Subcommands,), {"room": room})
