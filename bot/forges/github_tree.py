"""The files of one commit on GitHub, read lazily."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote, urlsplit

import requests
from github.Repository import Repository

from bot.forges.ahead import Known, OnceReader
from bot.forges.github_client import in_our_words
from bot.forges.http import HttpReader
from bot.forges.lfs import open_lfs_object
from bot.forges.protocol import ForgeError
from bot.scanner.readers import BlobReader, BytesReader, UnreadableError
from bot.scanner.tree import Entry, EntryKind, one_by_one
from rules.facts import Pointer

_RAW = "application/vnd.github.raw+json"
_PART = "GitHub lists only a part of {} at {}"
_KINDS = {"120000": EntryKind.SYMLINK, "160000": EntryKind.SUBMODULE, "040000": EntryKind.DIRECTORY}


class GitHubTree:
    """What is known of the commit comes first. Of the rest, one recursive listing answers nearly everything; where
    GitHub cuts it short, directories are listed singly.
    """

    def __init__(
        self,
        repository: Repository,
        commit: str,
        http: requests.Session,
        token: Callable[[], str],
        *,
        known: Known | None = None,
        ahead: Callable[[Sequence[Entry]], None] = lambda _: None,
        fork: str | None = None,
        singly: bool = False,
    ) -> None:
        """`repository` is the target: the objects of a fork's merge request can be read there too.

        `known` is what was told of the commit, and `ahead` asks for the contents of files, to be found there.
        Those in Git LFS may be in the store of `fork`, a full name, only.

        With `singly`, directories are listed one by one from the start: for a look at one file of an old commit.
        """
        self._repository = repository
        self._commit = commit
        self._http = http
        self._token = token
        self._fork = fork
        self._known = known or Known()
        self._ahead = ahead
        self._directories: dict[str, list[Entry]] | None = {} if singly else None
        self._complete = not singly
        self._cut: set[str] = set()

    def entries(self, directory: str) -> Sequence[Entry]:
        """Entries directly in a directory. Raises ForgeError, and UnreadableError where GitHub lists only a part."""
        entries = self._entries(directory)
        if directory in self._cut:
            raise UnreadableError(_PART.format(directory or "the root", self._commit[:12]))
        return entries

    def entry(self, path: str) -> Entry | None:
        """The entry at a path. Raises what `entries` does."""
        directory = posixpath.dirname(path)
        found = next((entry for entry in self._entries(directory) if entry.path == path), None)
        if found is None and directory in self._cut:
            raise UnreadableError(_PART.format(directory or "the root", self._commit[:12]))
        return found

    def _entries(self, directory: str) -> Sequence[Entry]:
        told = self._known.entries(directory)
        if told is not None:
            return told
        known = self._listing()
        if directory not in known and not self._complete:
            known[directory] = self._list_one(directory)
        return known.get(directory, [])

    def open(self, entry: Entry) -> BlobReader:
        """A reader of a blob in git, through the API's raw representation."""
        content = self._known.content(entry.oid)
        if content is not None:
            return BytesReader(content)
        # The list of changed files tells neither sizes nor kinds; the tree does.
        found = entry if entry.size is not None else self.entry(entry.path)
        if found is None:
            raise UnreadableError("it is not in this commit")
        if found.kind not in {EntryKind.FILE, EntryKind.SYMLINK} or found.size is None:
            raise UnreadableError(f"it is a {found.kind.value}, not a file")
        url = f"{self._repository.url}/git/blobs/{found.oid}"
        headers = {"Accept": _RAW, "Authorization": f"Bearer {self._token()}"}
        return OnceReader(HttpReader(self._http, url, found.size, headers, may_follow=self._is_ours))

    def read_ahead(self, entries: Sequence[Entry]) -> None:
        """Get the contents of small files, a hundred for each call. Raises ForgeError."""
        self._ahead([entry for entry in entries if self._known.content(entry.oid) is None])

    def open_all(self, entries: Sequence[Entry]) -> Iterator[BlobReader | UnreadableError]:
        """Readers of many files, each asked for by itself. Raises ForgeError."""
        return one_by_one(self, entries)

    def open_object(self, pointer: Pointer) -> BlobReader | None:
        """The object behind a Git LFS pointer; other kinds of pointers lead outside the forge."""
        if pointer.kind != "git-lfs":
            return None
        url = self._repository.clone_url
        fork = f"{url.removesuffix(f'{self._repository.full_name}.git')}{self._fork}.git" if self._fork else None
        return OnceReader(open_lfs_object(self._http, url, ("x-access-token", self._token()), pointer, lambda: fork))

    def holds(self, oids: Sequence[str]) -> frozenset[str]:
        """Those of the blobs that the commit has; none where GitHub cuts its listing short. Raises ForgeError."""
        wanted = set(oids)
        return frozenset(entry.oid for found in self._listing().values() for entry in found if entry.oid in wanted)

    def walk(self) -> Iterator[Entry]:
        """Every file; where GitHub cuts its listing short, a call for each directory. Raises ForgeError."""
        directories = [""]
        while directories:
            directory = directories.pop()
            try:
                entries = self.entries(directory)
            except UnreadableError as error:
                raise ForgeError(str(error)) from error
            for entry in entries:
                if entry.kind is EntryKind.DIRECTORY:
                    directories.append(entry.path)
                else:
                    yield entry

    def _is_ours(self, url: str) -> bool:
        """GitHub redirects raw content to hosts of its own domain."""
        host, ours = urlsplit(url).hostname or "", urlsplit(self._repository.url).hostname or ""
        domains = ("githubusercontent.com",) if ours == "api.github.com" else (ours,)
        return urlsplit(url).scheme == "https" and any(host == name or host.endswith(f".{name}") for name in domains)

    def _listing(self) -> dict[str, list[Entry]]:
        if self._directories is None:
            with in_our_words(f"listing the files of commit {self._commit[:12]}"):
                tree = self._repository.get_git_tree(self._commit, recursive=True)
                self._complete = not tree.raw_data.get("truncated", False)
                self._directories = {}
                if self._complete:
                    for row in tree.raw_data["tree"]:
                        self._directories.setdefault(posixpath.dirname(row["path"]), []).append(_entry(row, ""))
        return self._directories

    def _list_one(self, directory: str) -> list[Entry]:
        treeish = f"{self._commit}:{directory}" if directory else self._commit
        with in_our_words(f"listing {directory or 'the root'} of commit {self._commit[:12]}"):
            try:
                _, data = self._repository.requester.requestJsonAndCheck(
                    "GET", f"{self._repository.url}/git/trees/{quote(treeish, safe='')}"
                )
            except Exception as error:
                if getattr(error, "status", None) in {404, 422}:  # no such directory in this commit
                    return []
                raise
        if data.get("truncated"):
            self._cut.add(directory)
        return [_entry(row, directory) for row in data["tree"]]


def _entry(row: dict[str, str], directory: str) -> Entry:
    size = row.get("size")
    return Entry(
        path=posixpath.join(directory, row["path"]),
        kind=_KINDS.get(row["mode"], EntryKind.FILE),
        oid=row["sha"],
        size=int(size) if size is not None else None,
    )
