"""Files on disk, seen as a tree, for what lies beside a file that is inspected."""

from __future__ import annotations

import itertools
import os
import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.scanner.readers import BlobReader, FileReader, UnreadableError
from bot.scanner.tree import Entry, EntryKind, one_by_one
from rules.facts import Pointer

_LISTED = 20_000
"""Names of one folder that are listed."""


class Folder:
    """The file system below a folder. Links are not followed; ids are not known."""

    def __init__(self, top: str | Path) -> None:
        self._top = Path(top)
        self._listed: dict[str, tuple[Entry, ...]] = {}

    def entries(self, directory: str) -> Sequence[Entry]:
        """Entries directly in `directory`, empty where it cannot be listed."""
        if directory not in self._listed:
            self._listed[directory] = tuple(self._list(directory))
        return self._listed[directory]

    def entry(self, path: str) -> Entry | None:
        """The entry at `path`, None where there is none."""
        return next((entry for entry in self.entries(posixpath.dirname(path)) if entry.path == path), None)

    def open(self, entry: Entry) -> BlobReader:
        """A reader of a file. Raises UnreadableError."""
        return FileReader(self._top / entry.path)

    def open_all(self, entries: Sequence[Entry]) -> Iterator[BlobReader | UnreadableError]:
        """Readers of many files."""
        return one_by_one(self, entries)

    def open_object(self, _pointer: Pointer) -> BlobReader | None:
        """None: what a pointer stands for is not looked for on disk."""
        return None

    def holds(self, _oids: Sequence[str]) -> frozenset[str]:
        """None of them: files on disk have no ids."""
        return frozenset()

    def _list(self, directory: str) -> Iterator[Entry]:
        try:
            with os.scandir(self._top / directory) as listing:
                for item in sorted(itertools.islice(listing, _LISTED), key=lambda one: one.name):
                    kind = EntryKind.DIRECTORY if item.is_dir(follow_symlinks=False) else EntryKind.FILE
                    if item.is_symlink():
                        kind = EntryKind.SYMLINK
                    yield Entry(posixpath.join(directory, item.name), kind, "")
        except OSError:
            return
