"""The files of one commit on Forgejo, read lazily."""

from __future__ import annotations

import base64
import binascii
import posixpath
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from bot.forges.ahead import Commits, OnceReader, blob_id
from bot.forges.forgejo_client import ForgejoClient
from bot.forges.http import HttpReader
from bot.forges.lfs import open_lfs_object
from bot.forges.protocol import ForgeError, NotFoundError, RefusedError, UnavailableError
from bot.scanner.readers import BlobReader, BytesReader, UnreadableError
from bot.scanner.tree import Entry, EntryKind, one_by_one
from rules.facts import Pointer

KINDS = {"120000": EntryKind.SYMLINK, "160000": EntryKind.SUBMODULE, "040000": EntryKind.DIRECTORY}
"""Git's modes of entries that are no regular files."""
ENTRIES_LIMIT = 5_000
"""Entries of a commit up to which all are listed at once, a thousand for each call. Of a larger repository only the
directories are listed that are asked for: nobody reads 50 pages for one file."""
_TREE_PAGE = 1_000
"""DEFAULT_GIT_TREES_PER_PAGE."""
_SMALL = 64 * 1024
"""Bytes up to which files are asked for together."""
_TOGETHER = 40
"""Blobs of one call: with all their ids the address stays below 2,083 signs, which Forgejo's description asks for."""
_REMEMBERED_BLOBS = 4_096
_HOLDING = 1024 * 1024
"""Bytes of the blobs of one call."""


@dataclass
class Learned:
    """What the trees of one forge tell each other."""

    large: set[str] = field(default_factory=set)
    """Full names of repositories that are too large to be listed whole."""
    commits: OrderedDict[tuple[str, str, str], str] = field(default_factory=OrderedDict)
    """By repository, path and blob, the earlier commit that alone has the file: it is read by its path there."""
    contents: Commits = field(default_factory=Commits)
    """What was shown or asked for ahead."""

    def remember(self, repository: str, entry: Entry, commit: str) -> None:
        """Note the commit that has a file."""
        self.commits[repository, entry.path, entry.oid] = commit
        while len(self.commits) > _REMEMBERED_BLOBS:
            self.commits.popitem(last=False)


class ForgejoTree:
    """Remembers what it has listed."""

    def __init__(
        self, client: ForgejoClient, repository: str, commit: str, learned: Learned, fork: str | None = None
    ) -> None:
        """`repository` is the target's full name: it holds the objects of its forks' pull requests too.

        Objects in Git LFS may be in the store of the `fork` only.
        """
        self._client = client
        self._name = repository
        self._address = f"/repos/{quote(repository)}"
        self._commit = commit
        self._learned = learned
        self._fork = fork
        self._known = learned.contents.of(repository, commit)
        self._directories: dict[str, list[Entry]] = {}
        self._trees = {"": commit}
        self._whole: bool | None = None

    def entries(self, directory: str) -> Sequence[Entry]:
        """Entries directly in a directory. Raises ForgeError."""
        if self._listed_whole():
            return self._directories.get(directory, [])
        if directory not in self._directories:
            self._directories[directory] = self._list_one(directory)
        return self._directories[directory]

    def entry(self, path: str) -> Entry | None:
        """The entry at a path. Raises ForgeError."""
        return next((entry for entry in self.entries(posixpath.dirname(path)) if entry.path == path), None)

    def open(self, entry: Entry) -> BlobReader:
        """A reader of a blob in git, by its path: Forgejo gives out a blob by its id only whole and as base64."""
        # The list of changes tells no sizes; the tree does, but not of names that no JSON can hold.
        found = entry if entry.size is not None else self.entry(entry.path) or entry
        if found.kind not in {EntryKind.FILE, EntryKind.SYMLINK}:
            raise UnreadableError(f"it is a {found.kind.value}, not a file")
        content = self._known.content(found.oid)
        if content is not None:
            return BytesReader(content)
        size = found.size if found.size is not None else self._size(found.path)
        commit = self._learned.commits.get((self._name, found.path, found.oid), self._commit)
        url = f"{self._client.api_url}{self._raw(found.path)}?ref={commit}"
        reader = HttpReader(self._client.session, url, size, self._client.credentials, may_follow=lambda _url: False)
        return OnceReader(reader)

    def read_ahead(self, entries: Sequence[Entry]) -> None:
        """Get the contents of small files, forty for each call. Raises ForgeError."""
        wanted = [one for one in map(self._located, entries) if self._is_small(one)]
        while wanted and self._client.gives_blobs_together:
            wanted = [one for one in wanted if self._known.content(one.oid) is None]
            kept = [self._known.keep(oid, content) for oid, content in self._together(wanted).items()]
            if not any(kept):
                return

    def lacks(self, path: str) -> bool:
        """True where it is known already, without a call, that there is no such file."""
        return bool(self._whole) and self.entry(path) is None

    def open_all(self, entries: Sequence[Entry]) -> Iterator[BlobReader | UnreadableError]:
        """Readers of many files, the small ones of them asked for together. Raises ForgeError."""
        located = [self._located(entry) for entry in entries]
        contents: dict[str, bytes] = {}
        for position, entry in enumerate(located):
            if self._is_small(entry) and entry.oid not in contents and self._client.gives_blobs_together:
                contents = self._together([one for one in located[position:] if self._is_small(one)])
            if entry.oid in contents:
                yield BytesReader(contents[entry.oid])
            else:
                yield from one_by_one(self, [entry])

    def open_object(self, pointer: Pointer) -> BlobReader | None:
        """The object behind a Git LFS pointer; other kinds of pointers lead outside the forge."""
        if pointer.kind != "git-lfs":
            return None
        url, fork = (f"{self._client.url}/{quote(name)}.git" if name else None for name in (self._name, self._fork))
        login = ("weighbridge", self._client.token)
        return OnceReader(open_lfs_object(self._client.session, str(url), login, pointer, lambda: fork))

    def holds(self, oids: Sequence[str]) -> frozenset[str]:
        """Those of the blobs that the commit has; none where it is too large to be listed whole. Raises ForgeError."""
        wanted = set(oids)
        if not self._listed_whole():
            return frozenset()
        return frozenset(entry.oid for found in self._directories.values() for entry in found if entry.oid in wanted)

    def walk(self) -> Iterator[Entry]:
        """Every file; of a large repository, with calls for each directory. Raises ForgeError."""
        directories = [""]
        while directories:
            for entry in self.entries(directories.pop()):
                if entry.kind is EntryKind.DIRECTORY:
                    directories.append(entry.path)
                else:
                    yield entry

    def _located(self, entry: Entry) -> Entry:
        return entry if entry.size is not None and entry.oid else self.entry(entry.path) or entry

    @staticmethod
    def _is_small(entry: Entry) -> bool:
        regular = entry.kind in {EntryKind.FILE, EntryKind.SYMLINK}
        return regular and bool(entry.oid) and entry.size is not None and entry.size <= _SMALL

    def _together(self, entries: Sequence[Entry]) -> dict[str, bytes]:
        """The contents of as many of the blobs as one call may ask for; of none where Forgejo does not know the call.

        What is missing or is not what it should be is opened by itself.
        """
        chosen: dict[str, int] = {}
        for entry in entries:
            if len(chosen) == _TOGETHER or sum(chosen.values()) > _HOLDING:
                break
            chosen[entry.oid] = entry.size or 0
        if len(chosen) < 2:
            return {}
        what = f"reading {len(chosen)} files of commit {self._commit[:12]}"
        try:
            rows = self._client.unpaged(what, f"{self._address}/git/blobs", shas=",".join(chosen))
        except (UnavailableError, RefusedError):
            raise
        except ForgeError:  # Gitea and older versions of Forgejo do not know this call
            self._client.gives_blobs_together = False
            return {}
        found = {str(row.get("sha")): _content(row) for row in rows}
        return {
            oid: content
            for oid, content in found.items()
            if oid in chosen and content is not None and blob_id(content, oid) == oid
        }

    def _raw(self, path: str) -> str:
        return f"{self._address}/raw/{quote(path, errors='surrogateescape')}"

    def _size(self, path: str) -> int:
        try:
            size = self._client.length(f"asking for the size of {path!r}", self._raw(path), ref=self._commit)
        except NotFoundError as error:
            raise UnreadableError("it is not in this commit") from error
        if size is None:
            raise UnreadableError("Forgejo does not tell its size")
        return size

    def _listed_whole(self) -> bool:
        """True where all entries are at hand; False where directories are listed one by one."""
        if self._whole is None:
            self._whole = self._name not in self._learned.large and self._list_all()
            if not self._whole:
                self._learned.large.add(self._name)
        return self._whole

    def _list_all(self) -> bool:
        rows = self._pages(self._commit, recursive="true")
        if rows is None:
            return False
        for entry in rows:
            self._directories.setdefault(posixpath.dirname(entry.path), []).append(entry)
        return True

    def _list_one(self, directory: str) -> list[Entry]:
        """The entries of a directory, found by going down from the root."""
        if directory not in self._trees:
            parent = posixpath.dirname(directory)
            for entry in self.entries(parent) if directory else ():
                if entry.kind is EntryKind.DIRECTORY:
                    self._trees[entry.path] = entry.oid
        tree = self._trees.get(directory)
        return [] if tree is None else self._pages(tree, inside=directory) or []

    def _pages(self, tree: str, inside: str = "", **query: str) -> list[Entry] | None:
        """All entries of a tree; None where a whole commit has too many.

        `truncated` says on every page that there are several, so the entries are counted.
        """
        what = f"listing {inside or 'the files'} of commit {self._commit[:12]}"
        entries: list[Entry] = []
        page = 1
        while True:
            answer = self._client.get(
                what, f"{self._address}/git/trees/{tree}", page=page, per_page=_TREE_PAGE, **query
            )
            rows, total = answer.get("tree") or [], int(answer.get("total_count") or 0)
            if query and total > ENTRIES_LIMIT:
                return None
            entries += [_entry(row, inside) for row in rows]
            page += 1
            if not rows and len(entries) < total:
                raise ForgeError(f"{what}: Forgejo lists {len(entries):,} of {total:,} entries")
            if len(entries) >= total:
                return entries


def _entry(row: dict[str, object], directory: str) -> Entry:
    kind = KINDS.get(str(row["mode"]), EntryKind.FILE)
    size = row.get("size")
    return Entry(
        path=posixpath.join(directory, str(row["path"])),
        kind=kind,
        oid=str(row["sha"]),
        size=size if isinstance(size, int) and kind in {EntryKind.FILE, EntryKind.SYMLINK} else None,
    )


def _content(row: dict[str, object]) -> bytes | None:
    try:
        return base64.b64decode(str(row.get("content") or ""), validate=True)
    except (binascii.Error, ValueError):
        return None
