"""Git's raw diff lines as changes; of very many, those that are worth opening.

A line is `:MODE MODE OID OID STATUS`, a zero byte, the path, a zero byte (git-diff(1), "Raw output format"). Changes of
50,000 files are listed in about the time that git takes: while it lists more of them another git looks up the sizes of
the last ones, what all lines have is cut out by its place, a change is made only for what is opened, and the collector
of cyclic garbage, which would look through the growing list again and again, waits until it is whole.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import repeat

from bot.scanner.git_command import Repository
from bot.scanner.git_tree import kind_of_mode
from bot.scanner.git_weights import Weighing, Weight
from bot.scanner.ordinary import LARGE_CHANGE, is_ordinary
from bot.scanner.tree import Change, Changes, Entry
from rules.facts import ChangeStatus

_FILE_MODE = "100"
_STATUSES = {
    "A": ChangeStatus.ADDED,
    "C": ChangeStatus.COPIED,
    "D": ChangeStatus.DELETED,
    "M": ChangeStatus.MODIFIED,
    "T": ChangeStatus.TYPE_CHANGED,
}


def parse_raw(raw: bytes) -> list[Change]:
    """All changes that the lines tell of, with nothing known of their sizes. The last zero byte may be lacking."""
    with _no_collections():
        return [change for lines, paths in _split([raw, b"\0"]) for change in _changes(zip(lines, paths, repeat(None)))]


def weighed_changes(raw: Iterable[bytes], repository: Repository) -> Changes:
    """The changes with the sizes of their blobs, exact renames joined; of very many, without the ordinary texts.

    `raw` may come in pieces. Raises GitError.
    """
    lines: list[str] = []
    paths: list[bytes] = []
    weighing = Weighing(repository)
    with _no_collections():
        for more_lines, more_paths in _split(raw):
            lines += more_lines
            paths += more_paths
            weighing.ask(_oid(line) for line in more_lines if line[8:11] == _FILE_MODE)
        weights = weighing.weights()
        weighed = zip(lines, paths, map(weights.get, map(_oid, lines)), strict=True)
        if len(lines) < LARGE_CHANGE:
            kept = list(weighed)
        else:
            kept = [one for one in weighed if one[2] is None or not is_ordinary(one[1], *one[2])]
        changes = with_exact_renames(_changes(kept))
    return Changes(files=changes, passed_over=len(lines) - len(kept))


def with_exact_renames(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The same changes, an addition of exactly what was deleted elsewhere as a rename.

    Git's own rename detection compares contents and may need blobs that a partial clone has not.
    """
    gone: dict[str, list[str]] = defaultdict(list)
    for change in changes:
        if change.status is ChangeStatus.DELETED and change.previous_oid:
            gone[change.previous_oid].append(change.path)
    if not gone:
        return tuple(changes)
    result: list[Change] = []
    moved: set[str] = set()
    for change in changes:
        sources = gone.get(change.entry.oid) if change.entry and change.status is ChangeStatus.ADDED else None
        if change.entry is None or not sources:
            result.append(change)
            continue
        source = sources.pop(0)
        moved.add(source)
        result.append(
            Change(
                path=change.path,
                status=ChangeStatus.RENAMED,
                entry=change.entry,
                previous_path=source,
                previous_oid=change.entry.oid,
            )
        )
    return tuple(change for change in result if not (change.status is ChangeStatus.DELETED and change.path in moved))


def _split(raw: Iterable[bytes]) -> Iterator[tuple[Sequence[str], Sequence[bytes]]]:
    """What is before each path, and the paths, of as many lines as each piece ends."""
    rest: list[bytes] = [b""]
    for piece in raw:
        words = (rest[-1] + piece).split(b"\0")
        words[:0] = rest[:-1]
        whole = (len(words) - 1) // 2 * 2  # the last word goes on in the next piece
        rest = words[whole:]
        if whole:
            yield b"\0".join(words[:whole:2]).decode("ascii", "replace").split("\0"), words[1:whole:2]


def _oid(line: str) -> str:
    """The second of the two ids: before it are 16 characters and the other one, behind it the status letter."""
    return line[-(len(line) // 2 - 7) : -2]


def _changes(lines: Iterable[tuple[str, bytes, Weight | None]]) -> list[Change]:
    changes = []
    for line, raw_path, weight in lines:
        _, mode, previous, oid, letter = line.split(" ")
        status = _STATUSES.get(letter[0])
        if status is None:
            continue
        path = raw_path.decode("utf-8", "surrogateescape")
        entry = None
        if status is not ChangeStatus.DELETED:
            size, stored = weight or (None, None)
            entry = Entry(path, kind_of_mode(mode), oid, size, stored)
        changes.append(Change(path, status, entry, None, previous if previous.strip("0") else None))
    return changes


@contextmanager
def _no_collections() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
