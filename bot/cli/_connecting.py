"""What `weighbridge gitlab connect` and `weighbridge forgejo connect` share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.progress import track

from bot.assembly import client_of, instance_for
from bot.cli._cannot_judge import CannotJudgeError
from bot.cli._errors import settings_or_exit
from bot.forges.hooks import Hooked, Hooks, Place, Wanted, connect
from bot.forges.protocol import Forge, ForgeError, ListedRepository, NotFoundError, RefusedError
from bot.visitors import is_loopback
from rules.text import printable

_Decorated = Callable[..., None]


def options(command: _Decorated) -> _Decorated:
    """The options of both."""
    for option in (
        click.option("--host", default="", help="Which host, where the settings have several of a kind."),
        click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing."),
        click.option(
            "--new-secret", is_flag=True, help="The secret in the settings is another one than the hooks were given."
        ),
    ):
        command = option(command)
    return command


def run(
    forge_name: str, names: tuple[str, ...], host: str, *, dry_run: bool, renew: bool, verifies_tls: bool = True
) -> None:
    """Connect all that is named, tell of each, and end the process."""
    settings = settings_or_exit()
    try:
        instance = instance_for(forge_name, settings, host)
        if not instance.secrets:
            raise CannotJudgeError(f"set {instance.setting('webhook_secret')} first: hooks are made with it")
        forge = client_of(instance, settings)
    except ForgeError as error:
        raise CannotJudgeError(str(error)) from error
    if is_loopback(urlsplit(settings.public_url).hostname or ""):
        click.echo(f"{settings.public_url}: only this machine reaches it; set WEIGHBRIDGE_PUBLIC_URL", err=True)
    url = f"{settings.public_url}/webhooks/{forge_name}"
    # The first secret is the newest one: those after it are still accepted.
    wanted = Wanted(url, instance.secrets[0].get_secret_value(), verifies_tls)
    failed = 0
    for name in names:
        failed += _connect_all(forge, name, wanted, dry_run=dry_run, renew=renew)
    if dry_run:
        click.echo("Nothing was changed.")
    sys.exit(2 if failed else 0)


def _connect_all(forge: Forge, name: str, wanted: Wanted, *, dry_run: bool, renew: bool) -> int:
    """How many could not be connected."""
    if not isinstance(forge, Hooked):
        raise CannotJudgeError(f"{forge.name} has no hooks to connect")
    hooks = forge.hooks
    listed: Sequence[ListedRepository]
    try:
        found = forge.repository(name) if "/" in name else None
        if found is None:
            try:
                _tell(hooks.whole(name), connect(hooks, hooks.whole(name), wanted, dry_run=dry_run, renew=renew))
            except (NotFoundError, RefusedError):
                listed = forge.repositories(name)
                click.echo(f"{printable(name)}: no hook can be made for all of it, so each repository gets its own")
            else:
                return 0
        else:
            listed = (found,)
    except ForgeError as error:
        click.echo(f"{printable(name)}: {printable(str(error))}")
        return 1
    return sum(not _is_connected(hooks, one, wanted, dry_run=dry_run, renew=renew) for one in _followed(listed))


def _followed(listed: Sequence[ListedRepository]) -> Iterator[ListedRepository]:
    console = Console(stderr=True)
    yield from track(
        listed,
        "Connecting",
        console=console,
        transient=True,
        disable=not console.is_terminal or len(listed) < 2,
    )


def _is_connected(hooks: Hooks, repository: ListedRepository, wanted: Wanted, *, dry_run: bool, renew: bool) -> bool:
    place = hooks.place_of(repository)
    try:
        _tell(place, connect(hooks, place, wanted, dry_run=dry_run, renew=renew))
    except ForgeError as error:
        click.echo(f"{printable(place.name)}: {printable(str(error))}")
        return False
    return True


def _tell(place: Place, done: tuple[str, ...]) -> None:
    click.echo(f"{printable(place.name)}: {printable('; '.join(done)) or 'the hook is as it should be'}")
