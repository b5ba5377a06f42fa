"""What git tells of fetched commits, with the contents that came along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.scanner.git_command import Repository
from bot.scanner.git_objects import GitObjects
from bot.scanner.git_raw import parse_raw
from bot.scanner.git_weights import Weighing
from bot.scanner.readers import UnreadableError
from bot.scanner.tree import Change, Entry, EntryKind

CONTENT_LIMIT = 64 * 1024
"""Bytes of the largest file that comes along: as much as every detection looks at (`HEAD_LENGTH`)."""
CONTENTS_LIMIT = 64 * 1024 * 1024
"""Bytes of contents that are held in memory for one merge request; what goes beyond is read through the forge."""


def with_contents(changes: Sequence[Change], repository: Repository) -> tuple[Change, ...]:
    """The changes, with the content of small files that came along, as many as may be held in memory."""
    room = CONTENTS_LIMIT
    wanted: dict[str, Entry] = {}
    for change in changes:
        entry = change.entry
        if entry is None or entry.oid in wanted or entry.oid == change.previous_oid or not _is_small_file(entry):
            continue
        room -= entry.size or 0
        if room < 0:
            break
        wanted[entry.oid] = entry
    contents = dict(_contents(list(wanted.values()), repository))
    return tuple(
        change._replace(content=contents[change.entry.oid])
        if change.entry is not None and change.entry.oid in contents
        else change
        for change in changes
    )


def by_commit(listed: bytes, repository: Repository) -> list[tuple[str, Sequence[Change]]]:
    """What `git diff-tree --stdin -z` tells of several commits: the id of each, then its raw lines."""
    commits: list[tuple[str, list[bytes]]] = []
    words = iter(listed.split(b"\0"))
    for word in words:
        if word.startswith(b":") and commits:
            commits[-1][1].extend((word, next(words, b"")))
        elif word:
            commits.append((word.decode("ascii", "replace"), []))
    found = [(commit, parse_raw(b"\0".join(lines)) if lines else []) for commit, lines in commits]
    sized = iter(
        with_contents(_weighed([change for _, changes in found for change in changes], repository), repository)
    )
    return [(commit, [next(sized) for _ in changes]) for commit, changes in found]


def _weighed(changes: Sequence[Change], repository: Repository) -> list[Change]:
    """The changes with the sizes of the files that are here."""
    weighing = Weighing(repository)
    weighing.ask(change.entry.oid for change in changes if change.entry is not None)
    weights = weighing.weights()
    result = []
    for change in changes:
        weight = weights.get(change.entry.oid) if change.entry is not None else None
        if change.entry is not None and weight is not None:
            change = change._replace(entry=change.entry._replace(size=weight[0], stored=weight[1]))  # noqa: PLW2901
        result.append(change)
    return result


def _is_small_file(entry: Entry) -> bool:
    is_file = entry.kind in {EntryKind.FILE, EntryKind.SYMLINK}
    return is_file and entry.size is not None and entry.size <= CONTENT_LIMIT


def _contents(entries: Sequence[Entry], repository: Repository) -> Iterator[tuple[str, bytes]]:
    objects = GitObjects(repository)
    for entry, reader in zip(entries, objects.sweep(entries), strict=True):
        if not isinstance(reader, UnreadableError):
            yield entry.oid, reader.read(0, reader.size)
