"""Containers, one module each: files that carry other files, which may be weights.

A container module defines

`TITLE`
    for people: `ZIP archive` where it has members, `compressed with gzip` where it stands for one file;
`SINGLE`
    True where it stands for one file and not for a collection: the answer is then that file's own;
`MARK`, `NAMES` (optional), `LEAST` (optional)
    as in `bot/scanner/formats`: what the head must look like, or the name, and how long it must be;
`members(path, blob, allowance) -> Iterator[Member]`
    what it carries, one at a time, opened only where somebody asks. Nothing where the bytes are no such container
    after all. Raises UnreadableError, with the reason, where it is one and cannot be looked into, or not to its end.
    Any bytes give an answer in bounded time and memory.

Containers are asked only about files that no format knows as weights (`bot/scanner/detect.py`).
Adding a container is adding one module here and its test; nothing else names it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from bot.scanner.containers.allowance import Allowance
from bot.scanner.marks import Gate
from bot.scanner.modules import modules_of
from bot.scanner.readers import BlobReader, BoundedReader


@dataclass(frozen=True)
class Member:
    """A file within a container."""

    name: str
    """Its path there. Foreign text."""
    open: Callable[[], BlobReader]
    """A reader of it; raises UnreadableError."""


class Container(Protocol):
    """What a module in this folder offers."""

    __name__: str
    TITLE: str
    SINGLE: bool

    def members(self, path: str, blob: BoundedReader, allowance: Allowance) -> Iterator[Member]:
        """See the package's description."""
        ...


@functools.cache
def all_containers() -> Mapping[str, Container]:
    """Every container by its identifier (module name with hyphens), in alphabetical order."""
    return cast(Mapping[str, Container], modules_of(__name__))


@functools.cache
def container_gate() -> Gate[Container]:
    """Tells which containers a file may be."""
    return Gate(all_containers().values())


def identifier(container: Container) -> str:
    """The name of its module, with hyphens."""
    return container.__name__.rpartition(".")[2].replace("_", "-")
