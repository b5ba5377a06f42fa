"""Rules of third parties: modules that installed distributions name in the entry point group `weighbridge.rules`.

Such a module keeps the contract of `rules.checks`. Its id is the entry point's name. A distribution is installed by
whoever runs the bot, so its code is trusted as ours is; a broken one stops the start, since a rule that is silently
missing would let pass what it was installed to find.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

GROUP = "weighbridge.rules"

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class PluginError(TypeError):
    """A distribution's rule cannot be used. The message names the distribution and what to do."""


def plugin_modules(taken: Iterable[str] = ()) -> Mapping[str, ModuleType]:
    """The modules by the ids of their rules, in alphabetical order.

    `taken` are the ids that are in use already. Raises PluginError where an id is used twice or is none, and where a
    module cannot be imported.
    """
    found: dict[str, EntryPoint] = {}
    known = dict.fromkeys(taken, "Weighbridge itself")
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, _source(entry))):
        if not _ID.fullmatch(entry.name):
            raise PluginError(
                f"{_source(entry)} names a rule {entry.name!r}: an id has small letters, digits and hyphens"
            )
        if entry.name in known:
            raise PluginError(
                f"{_source(entry)} has a rule {entry.name}, and so has {known[entry.name]}: "
                "ask its authors to rename it, or uninstall it"
            )
        known[entry.name] = _source(entry)
        found[entry.name] = entry
    return {identifier: _module(entry) for identifier, entry in found.items()}


def plugin_rules() -> tuple[str, ...]:
    """The ids of the rules that installed distributions name; whether they can be used is another question."""
    return tuple(sorted(entry_points(group=GROUP).names))


def distribution_of(identifier: str) -> str:
    """The distribution that brings a rule, for messages about it."""
    return next((_source(entry) for entry in entry_points(group=GROUP) if entry.name == identifier), "a plugin")


def _module(entry: EntryPoint) -> ModuleType:
    try:
        module = entry.load()
    except Exception as error:
        raise PluginError(f"the rule {entry.name} of {_source(entry)} cannot be imported: {error}") from error
    if not isinstance(module, ModuleType):
        raise PluginError(
            f"the rule {entry.name} of {_source(entry)} is no module: write {entry.value.partition(':')[0]!r} "
            f"in its entry point, not {entry.value!r}"
        )
    return module


def _source(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else "an installed package"
