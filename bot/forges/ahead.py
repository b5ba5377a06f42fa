"""What a forge told of a commit's files before anybody asked for them one by one.

A commit never changes, so what was told of it stays true. Contents count only where they have the blob's own id: a
forge that cuts a text short, or makes UTF-8 of another encoding, is noticed by that.
"""

from __future__ import annotations

import hashlib
import posixpath
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence

from bot.scanner.readers import BlobReader, BytesReader
from bot.scanner.tree import Change, Entry, EntryKind, Tree
from rules.facts import ChangeStatus

TEXT_LIMIT = 256 * 1024
"""Bytes of a file whose text is asked for ahead: as far as evidence reads (`bot/scanner/evidence/_files.py`)."""
DIRECTORIES_LIMIT = 40
"""Directories that are listed ahead; where more are wanted, one listing of everything is the better question."""
LIKELY = ("README.md", "LICENSE", "LICENSE.md", "LICENSE.txt", "COPYING", "NOTICE", "MODEL_CARD.md", "REUSE.toml")
"""Names by which most repositories keep what evidence is looked for in, the most frequent first. Their texts are asked
for before it is known whether they are there: mostly nothing else remains to be read."""
_COMMITS = 32
"""Commits that are kept at hand, each with its texts."""
_CONTENTS_LIMIT = 8 * 1024 * 1024
"""Bytes of texts that are kept for one commit."""
_WHOLE = 4 * 1024 * 1024
"""Bytes of a file that is read whole at the first look: as much as a digest reads at a step (`examine.py`)."""


class Known:
    """What is known of one commit."""

    def __init__(self) -> None:
        self._directories: dict[str, list[Entry]] = {}
        self._files: dict[str, Entry | None] = {}
        self._contents: dict[str, bytes] = {}
        self._room = _CONTENTS_LIMIT

    def list(self, directory: str, entries: Iterable[Entry]) -> None:
        """Take in what lies directly in a directory; nothing where there is none."""
        self._directories[directory] = [*entries]

    def place(self, path: str, entry: Entry | None) -> None:
        """Take in one file, or that there is none at its path."""
        self._files[path] = entry

    def keep(self, oid: str, content: bytes) -> bool:
        """Take in what a blob holds; False where it is not that blob, or there is no room for it."""
        if oid in self._contents:
            return True
        if len(content) > self._room or blob_id(content, oid) != oid:
            return False
        self._room -= len(content)
        self._contents[oid] = content
        return True

    def absorb(self, other: Known) -> None:
        """Take in all that was told of the same commit by another name."""
        self._directories |= other._directories
        self._files |= other._files
        for oid, content in other._contents.items():
            self.keep(oid, content)

    def entries(self, directory: str) -> Sequence[Entry] | None:
        """What lies directly in a directory, None where that is not known."""
        if directory in self._directories:
            return self._directories[directory]
        child = directory
        while child:
            parent = posixpath.dirname(child)
            if parent in self._directories:
                directories = (one for one in self._directories[parent] if one.kind is EntryKind.DIRECTORY)
                return None if any(one.path == child for one in directories) else []
            child = parent
        return None

    def knows(self, path: str) -> bool:
        """Whether it is known what lies at a path, or that nothing does."""
        return path in self._files or self.entries(posixpath.dirname(path)) is not None

    def entry(self, path: str) -> Entry | None:
        """What lies at a path that is known."""
        if path in self._files:
            return self._files[path]
        return next((one for one in self.entries(posixpath.dirname(path)) or () if one.path == path), None)

    def content(self, oid: str) -> bytes | None:
        """What a blob holds, None where that is not known."""
        return self._contents.get(oid)


class Commits:
    """The commits of which something is known. May be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str], Known] = OrderedDict()

    def of(self, repository_id: str, commit: str) -> Known:
        """What is known of a commit."""
        with self._lock:
            known = self._known.setdefault((repository_id, commit), Known())
            self._known.move_to_end((repository_id, commit))
            while len(self._known) > _COMMITS:
                self._known.popitem(last=False)
            return known


class OnceReader:
    """A blob that is asked for once where it is small: reading its head, its end and its digest is then one call."""

    def __init__(self, reader: BlobReader) -> None:
        self._reader = reader
        self._content: bytes | None = None

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self._reader.size

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes as BlobReader does."""
        if self.size > _WHOLE:
            return self._reader.read(offset, length)
        if self._content is None:
            self._content = self._reader.read(0, self.size)
        return BytesReader(self._content).read(offset, length) if length > 0 else b""


def blob_id(content: bytes, like: str) -> str:
    """Git's id of a blob, by the hash that `like`, another id, is of."""
    digest = hashlib.sha256() if len(like) == 64 else hashlib.sha1(usedforsecurity=False)
    digest.update(b"blob %d\0" % len(content))
    digest.update(content)
    return digest.hexdigest()


def keep_shown(changes: Iterable[Change], known: Known) -> None:
    """Take in the contents that the list of changes showed, which are not asked for again."""
    for change in changes:
        if change.content is not None:
            oid = change.entry.oid if change.entry is not None and change.entry.oid else blob_id(change.content, "")
            known.keep(oid, change.content)


def directories_of(paths: Iterable[str]) -> list[str]:
    """The directories of files and those above them, the nearest ones first, the root last."""
    found = {above: None for path in paths for above in _above(path)}
    return sorted(found, key=lambda directory: (-directory.count("/") if directory else 1, directory))


def _above(path: str) -> Iterator[str]:
    directory = posixpath.dirname(path)
    while directory:
        yield directory
        directory = posixpath.dirname(directory)
    yield ""


def is_moved(change: Change) -> bool:
    """True where the target's tree tells whether anything but the name is new."""
    return change.status is ChangeStatus.RENAMED and bool(change.previous_path) and not change.known_text


def with_origin(change: Change, before: Tree) -> Change:
    """A moved file with the id of what was moved, from the target's tree.

    The forges show no changed lines of a binary file; whether the content is the same, only the ids tell.
    """
    old = before.entry(change.previous_path or "")
    return change._replace(previous_oid=old.oid if old is not None else None)


def is_small(entry: Entry) -> bool:
    """True for a file whose text may be asked for ahead."""
    is_file = entry.kind in {EntryKind.FILE, EntryKind.SYMLINK}
    return is_file and (entry.size is None or entry.size <= TEXT_LIMIT)


def is_sendable(path: str) -> bool:
    """False for a path that JSON cannot carry: bytes that are no UTF-8."""
    return path.isprintable() or not any("\ud800" <= sign <= "\udfff" for sign in path)
