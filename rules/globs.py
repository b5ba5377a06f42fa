"""Path globs of the policy file: `*` within one name, `**` across directories, from the repository's root."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase


def matches(path: str, glob: str) -> bool:
    """True where the whole path fits the glob.

    `*`, `?` and `[...]` stay within one name; `**` stands for any number of directories, none included;
    a glob that ends in `/` means everything below that directory. Case counts. Time is at most the
    product of the two lengths in names, whatever the glob.
    """
    if glob.endswith("/"):
        glob += "**"
    names = path.split("/")
    reachable = [True] + [False] * len(names)
    for pattern in glob.removeprefix("/").split("/"):
        reachable = _step(pattern, names, reachable)
    return reachable[-1]


def _step(pattern: str, names: Sequence[str], reachable: Sequence[bool]) -> list[bool]:
    """Which numbers of leading names are matched once `pattern` is used up too."""
    if pattern == "**":
        first = next((index for index, open_ in enumerate(reachable) if open_), len(reachable))
        return [index >= first for index in range(len(reachable))]
    return [False] + [open_ and fnmatchcase(name, pattern) for name, open_ in zip(names, reachable[:-1], strict=True)]
