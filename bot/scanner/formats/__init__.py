"""Weight formats, one module each: recognise, read metadata, say what loading executes.

A format module defines

`TITLE`
    the format's name for people;
`SUFFIXES`
    name endings, with the dot and in lower case, that promise this format and no other use
    (`.safetensors`, not `.bin`); used to say that a file is not what its name says;
`MARK`
    a regular expression (bytes, `.` takes any byte) that the head of every file of this format matches at its
    first byte. It is what keeps a scan of 50,000 source files fast: the narrower the better, with no search over
    the whole head. `b""` where the head says nothing and only the name can: such a module needs NAMES;
`NAMES` (optional)
    a regular expression that is searched in the lower-case file name: a file whose name it finds is asked about
    too, though MARK does not match;
`LEAST` (optional)
    bytes that the smallest file of this format has: smaller ones are not asked about;
`recognise(path, blob) -> Detection | None`
    what the bytes are, or None where they are something else. `path` is a hint only. `blob` is a
    `BoundedReader`: `blob.head` is free, other reads count. It never raises on any bytes:
    a damaged file of this format is a Detection with remarks. It may let UnreadableError pass.

`GENERIC = True` (optional)
    other formats are built of this one (a checkpoint of pickles): where another is as sure, it goes first.

Adding a format is adding one module here and its test; nothing else names it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Protocol, cast

from bot.scanner.marks import Gate
from bot.scanner.modules import modules_of
from bot.scanner.readers import BoundedReader
from rules.facts import Detection


class Format(Protocol):
    """What a module in this folder offers."""

    TITLE: str
    SUFFIXES: tuple[str, ...]
    MARK: bytes

    def recognise(self, path: str, blob: BoundedReader) -> Detection | None:
        """See the package's description."""
        ...


@functools.cache
def all_formats() -> Mapping[str, Format]:
    """Every format by its identifier (module name with hyphens), in alphabetical order."""
    return cast(Mapping[str, Format], modules_of(__name__))


@functools.cache
def format_gate() -> Gate[Format]:
    """Tells which formats a file is asked about."""
    return Gate(all_formats().values())


@functools.cache
def formats_by_suffix() -> Mapping[str, tuple[str, ...]]:
    """The formats that each name ending promises."""
    table: dict[str, tuple[str, ...]] = {}
    for identifier, module in all_formats().items():
        for suffix in module.SUFFIXES:
            table[suffix] = (*table.get(suffix, ()), identifier)
    return table
