"""Which of many modules may know a file, told from its first bytes, its name and its size in little time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

Module = TypeVar("Module")


class _Marked(NamedTuple, Generic[Module]):
    mark: re.Pattern[bytes] | None
    names: re.Pattern[str] | None
    least: int
    module: Module


class Gate(Generic[Module]):
    """Modules with their constants MARK, NAMES and LEAST (their meaning: `bot.scanner.formats`).

    One match of all marks together turns away nearly every ordinary file; only then are they tried one by one.
    """

    def __init__(self, modules: Iterable[Module]) -> None:
        self._marked = tuple(_marked(module) for module in modules)
        marks = b"|".join(b"(?:%b)" % marked.mark.pattern for marked in self._marked if marked.mark)
        names = "|".join(f"(?:{marked.names.pattern})" for marked in self._marked if marked.names)
        nothing = r"(?!)"
        self._any_mark = re.compile(marks or nothing.encode("ascii"), re.DOTALL)
        self._any_name = re.compile(names or nothing)

    def is_open(self, name: str, head: bytes) -> bool:
        """True where some module may know a file of this name (lower case, without folders) and head."""
        return self._any_mark.match(head) is not None or self._any_name.search(name) is not None

    def candidates(self, name: str, head: bytes, size: int) -> Iterator[Module]:
        """The modules that may know a file of this name (lower case, without folders), head and size in bytes."""
        if not self.is_open(name, head):
            return
        for mark, names, least, module in self._marked:
            if size >= least and ((mark and mark.match(head)) or (names and names.search(name))):
                yield module


def _marked(module: Module) -> _Marked[Module]:
    mark, names = getattr(module, "MARK", b""), getattr(module, "NAMES", None)
    return _Marked(
        re.compile(mark, re.DOTALL) if mark else None,
        re.compile(names) if names else None,
        getattr(module, "LEAST", 1),
        module,
    )
