"""The files of a local commit, and of the index with the working tree over it, as the scanner sees them."""

from __future__ import annotations

import functools
import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.scanner.git_command import Repository
from bot.scanner.git_objects import GitObjects
from bot.scanner.readers import BlobReader, FileReader, UnreadableError, WrongObjectError
from bot.scanner.tree import Entry, EntryKind, one_by_one
from rules.facts import Pointer

TREE_LIMIT = 32 * 1024 * 1024
"""Bytes. A directory's tree object beyond this (some 700,000 names) is not read: nobody's real directory."""


@functools.cache
def kind_of_mode(mode: str) -> EntryKind:
    """What a git mode (`100644`, six or five octal digits) stands for."""
    kinds = {"04": EntryKind.DIRECTORY, "12": EntryKind.SYMLINK, "16": EntryKind.SUBMODULE}
    return kinds.get(mode.zfill(6)[:2], EntryKind.FILE)


def lfs_object(repository: Repository, pointer: Pointer) -> BlobReader | None:
    """A reader of a Git LFS object that this clone has downloaded, None where it has not.

    Raises WrongObjectError where its length is not the pointer's.
    """
    if pointer.algorithm != "sha256" or not re.fullmatch("[0-9a-f]{64}", pointer.digest):
        return None
    digest = pointer.digest
    path = repository.common_dir / "lfs" / "objects" / digest[:2] / digest[2:4] / digest
    if not path.is_file():
        return None
    reader = FileReader(path)
    if pointer.size is not None and reader.size != pointer.size:
        raise WrongObjectError(
            f"the clone's copy of LFS object {digest[:12]} has {reader.size:,} bytes where the pointer says "
            f"{pointer.size:,}; fetch it again with `git lfs fetch --refetch`",
            disagrees=True,
        )
    return reader


class GitTree:
    """The tree of one commit of a local repository. A context manager; not for several threads at once."""

    def __init__(self, repository: Repository, commit: str) -> None:
        """`commit` is a commit's id, or a tree's."""
        self._repository = repository
        self._root = repository.run("rev-parse", "--verify", f"{commit}^{{tree}}").decode("ascii").strip()
        self._objects = GitObjects(repository)
        self._directories: dict[str, Sequence[Entry]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the git processes behind it."""
        self._objects.close()

    def entries(self, directory: str) -> Sequence[Entry]:
        """Entries directly in `directory`, empty where there is no such directory. Raises UnreadableError."""
        if directory not in self._directories:
            self._directories[directory] = self._read_directory(directory)
        return self._directories[directory]

    def entry(self, path: str) -> Entry | None:
        """The entry at `path`, None where there is none. Raises UnreadableError."""
        if not path:
            return None
        return next((entry for entry in self.entries(posixpath.dirname(path)) if entry.path == path), None)

    def open(self, entry: Entry) -> BlobReader:
        """A reader of a file's bytes in git. Raises UnreadableError."""
        return self._objects.open_blob(entry.oid)

    def open_all(self, entries: Sequence[Entry]) -> Iterator[BlobReader | UnreadableError]:
        """Readers of many files, through one git process. Raises GitError."""
        return self._objects.sweep(entries)

    def open_object(self, pointer: Pointer) -> BlobReader | None:
        """The Git LFS object where this clone has it. Raises UnreadableError."""
        return lfs_object(self._repository, pointer)

    def holds(self, oids: Sequence[str]) -> frozenset[str]:
        """Those of the blobs that a file of this commit has. Raises GitError."""
        listed = self._repository.run("ls-tree", "-r", "-z", self._root).split(b"\0")
        return frozenset(oids) & {line.partition(b"\t")[0][-len(self._root) :].decode("ascii") for line in listed}

    def _read_directory(self, directory: str) -> Sequence[Entry]:
        oid = self._root
        if directory:
            entry = self.entry(directory)
            if entry is None or entry.kind is not EntryKind.DIRECTORY:
                return ()
            oid = entry.oid
        content = self._objects.read_at_most(oid, TREE_LIMIT)
        if content is None:
            raise UnreadableError(f"the directory {directory!r} has too many names to read")
        return tuple(_parse_tree(content, directory, len(oid) // 2))


def _parse_tree(content: bytes, directory: str, digest_length: int) -> Iterable[Entry]:
    """Entries of a raw tree object: `MODE NAME`, a zero byte and the digest, again and again."""
    position = 0
    folder = f"{directory}/" if directory else ""
    while position < len(content):
        end = content.find(b"\0", position)
        mode, space, name = content[position:end].partition(b" ")
        if end < 0 or not space or end + 1 + digest_length > len(content):
            raise UnreadableError(f"the tree object of {directory or '/'!r} is damaged; run `git fsck`")
        position = end + 1 + digest_length
        yield Entry(
            path=folder + name.decode("utf-8", "surrogateescape"),
            kind=kind_of_mode(mode.decode("ascii", "replace")),
            oid=content[end + 1 : position].hex(),
        )


class StagedTree:
    """The index of a repository, with the files of the working tree that it does not hold yet laid over it.

    An entry of the working tree has an id of zeros, as in git's own raw diffs: git has not named it.
    """

    def __init__(self, repository: Repository, index: Iterable[Entry], worktree: Iterable[Entry]) -> None:
        self._repository = repository
        self._objects = GitObjects(repository)
        self._entries = {entry.path: entry for entry in (*index, *worktree)}
        self._directories = _listing(self._entries)
        self._lfs: dict[str, Path] = {}

    def close(self) -> None:
        """End the git processes behind it."""
        self._objects.close()

    def entries(self, directory: str) -> Sequence[Entry]:
        """Entries directly in `directory`, empty where there is no such directory."""
        return self._directories.get(directory, ())

    def entry(self, path: str) -> Entry | None:
        """The entry at `path`, None where there is none."""
        return next((entry for entry in self.entries(posixpath.dirname(path)) if entry.path == path), None)

    def open(self, entry: Entry) -> BlobReader:
        """A reader of a file's bytes, from the index or the working tree. Raises UnreadableError."""
        if entry.oid.strip("0"):
            return self._objects.open_blob(entry.oid)
        return FileReader(self._on_disk(entry.path))

    def open_all(self, entries: Sequence[Entry]) -> Iterator[BlobReader | UnreadableError]:
        """Readers of many files, from the index or the working tree. Raises GitError."""
        in_git = self._objects.sweep([entry for entry in entries if entry.oid.strip("0")])
        for entry in entries:
            if entry.oid.strip("0"):
                yield next(in_git)
            else:
                yield from one_by_one(self, [entry])

    def open_object(self, pointer: Pointer) -> BlobReader | None:
        """The Git LFS object, from the working tree or the clone's own copies. Raises UnreadableError."""
        path = self._lfs.get(pointer.digest)
        return FileReader(path) if path is not None else lfs_object(self._repository, pointer)

    def holds(self, oids: Sequence[str]) -> frozenset[str]:
        """Those of the blobs that a file of the index has."""
        return frozenset(oids) & {entry.oid for entry in self._entries.values()}

    def pointer_for(self, path: str) -> bytes:
        """The pointer that `git add` would store for a file of the working tree that `.gitattributes` gives to Git LFS.

        Raises UnreadableError.
        """
        place = self._on_disk(path)
        try:
            with place.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise UnreadableError(f"{path}: {error.strerror}") from error
        self._lfs[digest] = place
        return (
            f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {place.stat().st_size}\n".encode()
        )

    def _on_disk(self, path: str) -> Path:
        place = self._repository.top / path
        if place.is_symlink() or not place.is_file() or place.parent.resolve() != place.parent:
            raise UnreadableError(f"{path}: not a regular file of the working tree")
        return place


def _listing(entries: Mapping[str, Entry]) -> Mapping[str, Sequence[Entry]]:
    """Every directory with what lies directly in it."""
    table: dict[str, dict[str, Entry]] = {"": {}}
    for entry in entries.values():
        child = entry
        while True:
            parent = posixpath.dirname(child.path)
            known = child.path in table.setdefault(parent, {})
            table[parent].setdefault(child.path, child)
            if not parent or known:
                break
            child = Entry(path=parent, kind=EntryKind.DIRECTORY, oid="")
    return {
        directory: tuple(sorted(names.values(), key=lambda entry: entry.path)) for directory, names in table.items()
    }
