"""The files of one commit on GitLab, a directory at a time."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from bot.forges.ahead import Known, OnceReader
from bot.forges.gitlab_client import GitLabClient
from bot.forges.http import HttpReader
from bot.forges.lfs import open_lfs_object
from bot.forges.protocol import NotFoundError
from bot.scanner.readers import BlobReader, BytesReader, UnreadableError
from bot.scanner.tree import Entry, EntryKind, one_by_one
from rules.facts import Pointer

KINDS = {"120000": EntryKind.SYMLINK, "160000": EntryKind.SUBMODULE, "040000": EntryKind.DIRECTORY}
"""Git's modes of entries that are no regular files."""


class GitLabTree:
    """Remembers what it has listed. GitLab's listings tell no sizes; they are asked for when a file is opened."""

    def __init__(
        self,
        client: GitLabClient,
        project_id: str,
        project_url: str,
        commit: str,
        http: requests.Session,
        *,
        known: Known | None = None,
        ahead: Callable[[Sequence[Entry]], None] = lambda _: None,
        fork_id: str | None = None,
    ) -> None:
        """`known` is what was told of the commit, and `ahead` asks for the contents of files, to be found there.

        Objects in Git LFS may be in the store of the fork only.
        """
        self._client = client
        self._project = f"/projects/{project_id}"
        self._project_url = project_url
        self._commit = commit
        self._http = http
        self._fork_id = fork_id
        self._known = known or Known()
        self._ahead = ahead
        self._directories: dict[str, list[Entry]] = {}

    def entries(self, directory: str) -> Sequence[Entry]:
        """Entries directly in a directory. Raises ForgeError."""
        told = self._known.entries(directory)
        if told is not None:
            return told
        if directory not in self._directories:
            what = f"listing {directory or 'the root'} of commit {self._commit[:12]}"
            try:
                rows = self._client.pages(
                    what, f"{self._project}/repository/tree", path=directory, ref=self._commit, pagination="keyset"
                )
            except NotFoundError:
                rows = []
            self._directories[directory] = [_entry(row) for row in rows]
        return self._directories[directory]

    def entry(self, path: str) -> Entry | None:
        """The entry at a path. Raises ForgeError."""
        if self._known.knows(path):
            return self._known.entry(path)
        return next((entry for entry in self.entries(posixpath.dirname(path)) if entry.path == path), None)

    def open(self, entry: Entry) -> BlobReader:
        """A reader of a blob in git."""
        found = entry if entry.oid else self.entry(entry.path)
        content = self._known.content(found.oid) if found is not None else None
        if content is not None:
            return BytesReader(content)
        if found is None:
            raise UnreadableError("it is not in this commit")
        if found.kind not in {EntryKind.FILE, EntryKind.SYMLINK}:
            raise UnreadableError(f"it is a {found.kind.value}, not a file")
        url = f"{self._client.api_url}{self._project}/repository/blobs/{found.oid}/raw"
        headers = {"PRIVATE-TOKEN": self._client.token}
        return OnceReader(HttpReader(self._http, url, self._size(found), headers, may_follow=lambda _url: False))

    def read_ahead(self, entries: Sequence[Entry]) -> None:
        """Get the contents of small files, some twenty for each call. Raises UnavailableError."""
        self._ahead([entry for entry in entries if self._known.content(entry.oid) is None])

    def open_all(self, entries: Sequence[Entry]) -> Iterator[BlobReader | UnreadableError]:
        """Readers of many files, each asked for by itself. Raises ForgeError."""
        return one_by_one(self, entries)

    def open_object(self, pointer: Pointer) -> BlobReader | None:
        """The object behind a Git LFS pointer; other kinds of pointers lead outside the forge."""
        if pointer.kind != "git-lfs":
            return None
        login = ("weighbridge", self._client.token)
        return OnceReader(open_lfs_object(self._http, f"{self._project_url}.git", login, pointer, self._fork_url))

    def holds(self, oids: Sequence[str]) -> frozenset[str]:  # noqa: ARG002 - of the protocol
        """None of them: GitLab lists a commit a hundred files at a time, which costs more than it tells."""
        return frozenset()

    def walk(self) -> Iterator[Entry]:
        """Every file, a hundred for each call, their directories among them. Raises ForgeError."""
        what = f"listing the files of commit {self._commit[:12]}"
        for row in self._client.rows(
            what, f"{self._project}/repository/tree", recursive=True, ref=self._commit, pagination="keyset"
        ):
            entry = _entry(row)
            if entry.kind is not EntryKind.DIRECTORY:
                yield entry

    def _fork_url(self) -> str | None:
        if self._fork_id is None:
            return None
        return f"{self._client.get('looking up the fork', f'/projects/{self._fork_id}')['web_url']}.git"

    def _size(self, entry: Entry) -> int:
        if entry.size is not None:
            return entry.size
        path = f"{self._project}/repository/files/{quote(entry.path, safe='', errors='surrogateescape')}"
        try:
            headers = self._client.head(f"asking for the size of {entry.path}", path, ref=self._commit)
        except NotFoundError as error:
            raise UnreadableError("GitLab does not find it in this commit") from error
        size = headers.get("X-Gitlab-Size", "")
        if not size.isdigit():
            raise UnreadableError(f"{urlsplit(self._client.api_url).hostname} does not tell its size")
        return int(size)


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(row["path"], KINDS.get(row["mode"], EntryKind.FILE), row["id"])
