"""Which of many modules may know a file, told from its first bytes, its name and its size in little time."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

Module = TypeVar("Module")

_TOGETHER = 12
"""Marks that are tried as one: of 110 some nine groups, of which an ordinary text opens two or three."""
_NOTHING = "(?!)"


class Gate(Generic[Module]):
    """Modules with their constants MARK, NAMES and LEAST (their meaning: `bot.scanner.formats`).

    Their marks are tried in groups: as branches of one expression many cost little more than a single one, and only
    where a group matches, its marks are tried one by one. What begins alike stands in one group, and a mark that many
    modules share is tried once.
    """

    def __init__(self, modules: Iterable[Module]) -> None:
        modules = list(modules)
        marked: dict[bytes, list[tuple[int, Module]]] = defaultdict(list)
        for place, module in enumerate(modules):
            if _mark(module):
                marked[_mark(module)].append((place, module))
        marks = sorted(marked.items(), key=lambda item: item[0])
        named = [(place, module) for place, module in enumerate(modules) if _names(module)]
        self._groups = [_Group(dict(marks[start : start + _TOGETHER])) for start in range(0, len(marks), _TOGETHER)]
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
    def __init__(self, members: Mapping[bytes, Sequence[tuple[int, Module]]]) -> None:
        self._members = members
        self._marks: Sequence[tuple[re.Pattern[bytes], Sequence[tuple[int, Module]]]] = ()
        self.any_mark = re.compile(b"|".join(b"(?:%b)" % mark for mark in members), re.DOTALL)

    def matching(self, head: bytes) -> Iterator[tuple[int, Module]]:
        """The members whose mark the head has, with their places among all modules."""
        if not self._marks:  # most groups never open in one run
            self._marks = [(re.compile(mark, re.DOTALL), members) for mark, members in self._members.items()]
        for mark, members in self._marks:
            if mark.match(head):
                yield from members


def _mark(module: object) -> bytes:
    return getattr(module, "MARK", b"")


def _names(module: object) -> str:
    return getattr(module, "NAMES", None) or ""
