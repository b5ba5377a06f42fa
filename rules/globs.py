"""Path globs of the policy file: `*` within one name, `**` across directories, from the repository's root."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from fnmatch import translate

_Names = Callable[[str], object]
"""Whether a name fits a part of a glob."""


def matches(path: str, glob: str) -> bool:
    """True where the whole path fits the glob.

    `*`, `?` and `[...]` stay within one name; `**` stands for any number of directories, none included;
    a glob that ends in `/` means everything below that directory, one that begins with `/` or `./` nothing else.
    Case counts. Time is at most the
    product of the two lengths in names, whatever the glob.
    """
    names = path.split("/")
    reachable = [True] + [False] * len(names)
    for part in _parts(glob):
        reachable = _step(part, names, reachable)
        if True not in reachable:
            return False
    return reachable[-1]


@functools.lru_cache(maxsize=1024)
def _parts(glob: str) -> tuple[_Names | None, ...]:
    """The parts between the slashes, read once for thousands of paths; None for `**`."""
    if glob.endswith("/"):
        glob += "**"
    return tuple(None if part == "**" else _fits(part) for part in glob.removeprefix("./").removeprefix("/").split("/"))


def _fits(part: str) -> _Names:
    if any(sign in part for sign in "*?["):
        return re.compile(translate(part)).match
    return part.__eq__


def _step(part: _Names | None, names: Sequence[str], reachable: Sequence[bool]) -> list[bool]:
    """Which numbers of leading names are matched once `part` is used up too."""
    if part is None:
        first = reachable.index(True)
        return [index >= first for index in range(len(reachable))]
    return [False, *(open_ and bool(part(name)) for name, open_ in zip(names, reachable, strict=False))]
