"""Webhooks of ours on a forge: what there is, what is wrong with it, and how it is put right.

GitLab and Forgejo differ in what a hook can do and how it falls asleep; what has to be so is the same on both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bot.forges.protocol import ForgeError, ListedRepository


@dataclass(frozen=True)
class Place:
    """What a hook belongs to."""

    name: str
    """Full name of the repository, or of the group or organisation."""
    address: str
    """Address of its hooks, below that of the API."""
    is_whole: bool = False
    """True for a group or an organisation, whose hook is for all that lies in it."""


@dataclass(frozen=True)
class Wanted:
    """A hook as it should be."""

    url: str
    secret: str
    verifies_tls: bool = True


@dataclass(frozen=True)
class FoundHook:
    """A hook as it is."""

    id: str
    url: str
    missing: tuple[str, ...]
    """Events that we need and that it does not tell, in the forge's words."""
    verifies_tls: bool | None = None
    """None where a hook has no such switch."""
    asleep: str = ""
    """Why the forge does not call it, as a clause; empty where it does."""


class Hooks(Protocol):
    """The webhooks of one forge. Every method raises ForgeError."""

    def place_of(self, repository: ListedRepository) -> Place:
        """A repository as the home of hooks; asks nothing."""
        ...

    def whole(self, name: str) -> Place:
        """A group or an organisation as the home of hooks; asks nothing."""
        ...

    def all_of(self, place: Place) -> Sequence[FoundHook]:
        """Every hook there, others' too: a call for each hundred."""
        ...

    def create(self, place: Place, wanted: Wanted) -> None:
        """Make a hook with all events that we need."""
        ...

    def repair(self, place: Place, hook: FoundHook, wanted: Wanted) -> None:
        """Give a hook all events that we need; Forgejo takes its others away with that."""
        ...

    def wake(self, place: Place, hook: FoundHook) -> bool:
        """Have the forge call it again; False where it has to be made anew for that."""
        ...

    def remove(self, place: Place, hook: FoundHook) -> None:
        """Take a hook away."""
        ...


@runtime_checkable
class Hooked(Protocol):
    """A forge whose hooks can be seen and set through its API with the bot's own credentials."""

    @property
    def hooks(self) -> Hooks:
        """Its webhooks."""
        ...


def ours(hooks: Hooks, place: Place, url: str) -> list[FoundHook]:
    """The hooks that lead to us. Raises ForgeError."""
    return [one for one in hooks.all_of(place) if one.url.rstrip("/") == url.rstrip("/")]


def connect(hooks: Hooks, place: Place, wanted: Wanted, *, dry_run: bool, renew: bool = False) -> tuple[str, ...]:
    """Bring the hook of a place to what it should be; says what was done, nothing where it was right.

    With `dry_run` it says the same and does nothing. Forges keep secrets to themselves: with `renew` the secret is
    taken to be another one. Raises ForgeError.
    """
    found = ours(hooks, place, wanted.url)
    if not found:
        if not dry_run:
            hooks.create(place, wanted)
        return ("a hook was made",)
    first, *others = found
    done = [f"it hears of {', '.join(first.missing)} now"] if first.missing else []
    if first.verifies_tls is not None and first.verifies_tls is not wanted.verifies_tls:
        done.append("it checks our certificate now" if wanted.verifies_tls else "it does not check our certificate now")
    if done and not dry_run and not renew:
        hooks.repair(place, first, wanted)
    if renew:
        done.append("it was made anew, with the secret of now")
    elif first.asleep:
        done.append(f"it was woken: {first.asleep}")
    if not dry_run and (renew or (first.asleep and not _woken(hooks, place, first))):
        hooks.remove(place, first)
        hooks.create(place, wanted)
    for other in others:
        done.append("a second one to the same address was removed")
        if not dry_run:
            hooks.remove(place, other)
    return tuple(done)


def _woken(hooks: Hooks, place: Place, hook: FoundHook) -> bool:
    try:
        return hooks.wake(place, hook)
    except ForgeError:
        return False
