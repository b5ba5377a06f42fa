"""REUSE.toml in the directory of the weights or any above it (REUSE specification 3.3).

Within one file the last table that covers a path counts. Between files, a table with `override` nearest to the root
counts alone; tables with `aggregate` always count; of the others the nearest counts, unless a `.license` file speaks.
A `.license` file beside an `override` is reported too: two statements that disagree are shown, not chosen from.
"""

from __future__ import annotations

import functools
import posixpath
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.scanner.evidence import sidecar
from bot.scanner.evidence._files import STATEMENT_LENGTH, Content, directories_above, read, regular
from bot.scanner.evidence._reuse_globs import glob_matches
from bot.scanner.tree import Entry, Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence

TOML_LIMIT = 128 * 1024
"""Bytes; the file of a large repository has some ten kilobytes."""

_NAME = "REUSE.toml"
_KEY = "SPDX-License-Identifier"
_TABLE = re.compile(r"^[ \t]*\[\[[ \t]*annotations[ \t]*\]\]")
_KEY_LINE = re.compile(rf"""^[ \t]*["']?{_KEY}["']?[ \t]*=""")


@dataclass(frozen=True)
class _Annotation:
    globs: tuple[str, ...]
    precedence: str
    expression: str | None
    line: int | None


@dataclass(frozen=True)
class _Unreadable:
    reason: str


def find(path: str, detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """What the tables that cover `path` say. A REUSE.toml that cannot be read states that."""
    found: list[tuple[Entry, _Annotation]] = []
    for directory in directories_above(path):
        entry = tree.entry(posixpath.join(directory, _NAME))
        source = regular(entry, tree)
        if entry is None or source is None:
            continue
        tables = _tables(read(source, tree, TOML_LIMIT))
        if isinstance(tables, _Unreadable):
            yield _evidence(entry, f"{_NAME} could not be read: {tables.reason}", None)
        elif (table := _covering(posixpath.relpath(path, directory or "."), tables)) is not None:
            found.append((entry, table))
    spoken_for = any(True for _ in sidecar.find(path, detection, tree))
    for entry, table in _that_count(found, spoken_for):
        if table.expression is not None:
            yield _evidence(entry, table.expression, table.line)


def _that_count(found: list[tuple[Entry, _Annotation]], spoken_for: bool) -> Iterator[tuple[Entry, _Annotation]]:
    """Of the covering tables, nearest first, those whose statement holds."""
    overriding = [pair for pair in found if pair[1].precedence == "override"]
    if overriding:
        yield overriding[-1]
        return
    for pair in found:
        if pair[1].precedence == "aggregate":
            yield pair
        elif not spoken_for and pair[1].expression is not None:
            spoken_for = True
            yield pair


def _covering(path: str, tables: tuple[_Annotation, ...]) -> _Annotation | None:
    return next((table for table in reversed(tables) if any(glob_matches(path, glob) for glob in table.globs)), None)


def _evidence(entry: Entry, statement: str, line: int | None) -> LicenseEvidence:
    return LicenseEvidence(
        kind=EvidenceKind.SIDECAR, path=entry.path, statement=statement[:STATEMENT_LENGTH], line=line, field=_KEY
    )


@functools.lru_cache(maxsize=32)
def _tables(content: Content) -> tuple[_Annotation, ...] | _Unreadable:
    if not content.whole:
        return _Unreadable(f"it is larger than {TOML_LIMIT:,} bytes")
    try:
        document = tomllib.loads(content.head.decode("utf-8"))
    except UnicodeDecodeError:
        return _Unreadable("it is not UTF-8")
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        return _Unreadable("it nests too deep" if isinstance(error, RecursionError) else str(error))
    annotations = document.get("annotations", [])
    if not isinstance(annotations, list) or not all(isinstance(table, dict) for table in annotations):
        return _Unreadable("`annotations` is no list of tables")
    lines = _lines(content.text)
    if len(lines) != len(annotations):
        lines = [None] * len(annotations)
    return tuple(_annotation(table, line) for table, line in zip(annotations, lines, strict=True))


def _annotation(table: dict[str, object], line: int | None) -> _Annotation:
    expressions = _strings(table.get(_KEY))
    return _Annotation(
        globs=_strings(table.get("path")),
        precedence=str(table.get("precedence", "closest")),
        expression=sidecar.together(expressions) if expressions else None,
        line=line,
    )


def _strings(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(item for item in items if isinstance(item, str))


def _lines(text: str) -> list[int | None]:
    """The line of the licence in each table as written; tomllib gives no positions."""
    lines: list[int | None] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if _TABLE.match(line):
            lines.append(None)
        elif lines and lines[-1] is None and _KEY_LINE.match(line):
            lines[-1] = number
    return lines
