"""Which of many modules may know a file, told from its first bytes, its name and its size in little time."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

Module = TypeVar("Module")

_TOGETHER = 16
"""Marks that are tried as one: of 130 some eight groups, of which an ordinary text opens one or two."""
_NOTHING = "(?!)"


class Gate(Generic[Module]):
    """Modules with their constants MARK, NAMES and LEAST (their meaning: `bot.scanner.formats`).

    Their marks are tried in groups: as branches of one expression many cost little more than a single one, and only
    where a group matches, its marks are tried one by one.
    """

    def __init__(self, modules: Iterable[Module]) -> None:
        modules = list(modules)
        marked = [(place, module) for place, module in enumerate(modules) if _mark(module)]
        named = [(place, module) for place, module in enumerate(modules) if _names(module)]
        self._groups = [_Group(marked[start : start + _TOGETHER]) for start in range(0, len(marked), _TOGETHER)]
        self._any_name = re.compile("|".join(f"(?:{_names(module)})" for _, module in named) or _NOTHING)
        self._named = [(place, re.compile(_names(module)), module) for place, module in named]

    def candidates(self, name: str, head: bytes, size: int) -> Iterator[Module]:
        """The modules that may know a file of this name (lower case, without folders), head and size in bytes."""
        found: dict[int, Module] = {}
        for group in self._groups:
            if group.any_mark.match(head):
                found.update(group.matching(head))
        if self._any_name.search(name):
            found.update((place, module) for place, names, module in self._named if names.search(name))
        for place in sorted(found):
            if size >= getattr(found[place], "LEAST", 1):
                yield found[place]


class _Group(Generic[Module]):
    def __init__(self, members: Sequence[tuple[int, Module]]) -> None:
        self._members = members
        self._marks: Sequence[re.Pattern[bytes]] = ()
        self.any_mark = re.compile(b"|".join(b"(?:%b)" % _mark(module) for _, module in members), re.DOTALL)

    def matching(self, head: bytes) -> Iterator[tuple[int, Module]]:
        """The members whose mark the head has, with their places among all modules."""
        if not self._marks:  # most groups never open in one run
            self._marks = [re.compile(_mark(module), re.DOTALL) for _, module in self._members]
        return itertools.compress(self._members, (mark.match(head) is not None for mark in self._marks))


def _mark(module: object) -> bytes:
    return getattr(module, "MARK", b"")


def _names(module: object) -> str:
    return getattr(module, "NAMES", None) or ""
