"""What the scanner sees of a repository: the changed files and one commit's tree, from git or from a forge."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from bot.scanner.readers import BlobReader, UnreadableError
from rules.facts import ChangeStatus, Pointer


class EntryKind(enum.StrEnum):
    """Kinds of tree entries."""

    FILE = "file"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"
    DIRECTORY = "directory"


class Entry(NamedTuple):
    """One name in a commit's tree."""

    path: str
    """Full path in the repository; bytes that are not UTF-8 are kept by surrogateescape."""
    kind: EntryKind
    oid: str
    size: int | None = None
    """Bytes of the blob, None where the source of the tree does not tell it."""
    stored: int | None = None
    """Bytes that git's compressed copy takes, None where that is not known."""


class Change(NamedTuple):
    """One path that a merge request changes."""

    path: str
    status: ChangeStatus
    entry: Entry | None = None
    """The new content; None for a deletion."""
    previous_path: str | None = None
    previous_oid: str | None = None
    content: bytes | None = None
    """The new content where the list of changes carried it already (an added text file)."""
    known_text: bool = False
    """True where the forge has shown that the content is text, so that binary formats need no look."""
    may_be_pointer: bool = False
    """True where the text that was shown looks like a pointer's, though not the whole content was shown."""
    commit: str | None = None
    """The commit that brings the content, where that is known and is not the last one."""


class Changes(NamedTuple):
    """All changes of a merge request, or as many as could be had."""

    files: tuple[Change, ...]
    complete: bool = True
    remark: str | None = None
    """Why it is not complete, and how many are missing, in one sentence."""
    commits: int | None = None
    """Number of commits that the changes come from, None where that was not told along with them."""
    passed_over: int = 0
    """Ordinary texts of a very large change that are not among `files` (`bot/scanner/ordinary.py`)."""


class Tree(Protocol):
    """The files of one commit."""

    def entries(self, directory: str) -> Sequence[Entry]:
        """Entries directly in `directory` ("" is the root), empty where there is no such directory."""
        ...

    def entry(self, path: str) -> Entry | None:
        """The entry at `path`, None where there is none."""
        ...

    def open(self, entry: Entry) -> BlobReader:
        """A reader of a file's bytes in git (for a pointer: of the pointer itself).

        Raises UnreadableError.
        """
        ...

    def open_all(self, entries: Sequence[Entry]) -> Iterator[BlobReader | UnreadableError]:
        """Readers of many files, in their order; each is good until the next is asked for.

        A file that cannot be read gives the UnreadableError that says why.
        """
        ...

    def open_object(self, pointer: Pointer) -> BlobReader | None:
        """A reader of the object a pointer stands for, None where this source cannot reach it.

        Raises WrongObjectError where what is stored for it is nothing or something else, UnreadableError where
        it cannot be had.
        """
        ...

    def holds(self, oids: Sequence[str]) -> frozenset[str]:
        """Those of the blob ids that a file of this commit has, as far as can be told at a small price."""
        ...


def one_by_one(tree: Tree, entries: Sequence[Entry]) -> Iterator[BlobReader | UnreadableError]:
    """`Tree.open_all` for a tree that has no faster way than to open each file."""
    for entry in entries:
        try:
            yield tree.open(entry)
        except UnreadableError as error:
            yield error
