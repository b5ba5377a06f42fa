"""Bare git repositories on disk, driven through the git program with argument lists and a clean environment."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, cast

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The object id of the tree without entries, which git knows in every SHA-1 repository."""
NO_OBJECT = "0" * 40
"""What git and the forges write where there is no object, such as the old side of a new branch."""


PIECE = 64 * 1024
_SETTINGS = {
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    # Weights do not get smaller, and trying takes seconds.
    "core.compression": "0",
    # Larger files are binary to `git diff` without a look, as the forges omit their patches too.
    "core.bigFileThreshold": "4m",
}


class GitError(Exception):
    """Git did not do what was asked; the message is git's own."""


@dataclass(frozen=True)
class GitFile:
    """A file to commit that is not an ordinary one."""

    content: bytes
    mode: str = "100644"
    """Git's mode: 100644, 100755, 120000 for a symlink (content: its target), 160000 for a submodule (its commit)."""


Content = bytes | GitFile | None
"""What a commit does to a path: new bytes, a file of another mode, or None to delete it."""


@dataclass(frozen=True)
class Signature:
    """Who made a commit, and when."""

    name: str
    email: str
    when: datetime

    @property
    def line(self) -> bytes:
        """The person as `git fast-import` reads it."""
        return f"{self.name} <{self.email}> {int(self.when.timestamp())} +0000".encode()


@dataclass(frozen=True)
class TreeEntry:
    """One name in a tree."""

    path: str
    mode: str
    kind: str
    """blob, tree or commit."""
    oid: str
    size: int | None
    """Bytes of a blob, None for trees and submodules."""


@dataclass(frozen=True)
class Commit:
    """What a commit object says."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author_name: str
    author_email: str
    author_date: str
    committer_name: str
    committer_email: str
    committer_date: str
    message: str


def environment() -> dict[str, str]:
    """An environment in which no setting of the person who runs the sandbox reaches git."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return clean | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "LC_ALL": "C",
    }


@dataclass(frozen=True)
class BareRepository:
    """A bare repository; every method raises GitError where git refuses."""

    path: Path

    def run(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        """The standard output of one git command in this repository."""
        result = subprocess.run(
            ["git", "--git-dir", str(self.path), *arguments],
            input=stdin if stdin is not None else b"",
            capture_output=True,
            env=environment(),
            check=False,
        )
        if result.returncode:
            message = result.stderr.decode("utf-8", "replace").strip()
            raise GitError(f"git {arguments[0]} failed in {self.path.name}: {message}")
        return result.stdout

    def line(self, *arguments: str) -> str:
        """The output of a command that prints one line."""
        return self.run(*arguments).decode("utf-8", "surrogateescape").rstrip("\n")

    @classmethod
    def create(cls, path: Path, default_branch: str) -> BareRepository:
        """A new repository without commits."""
        path.mkdir(parents=True)
        repository = cls(path)
        repository.run("init", "--quiet", "--bare", "--initial-branch", default_branch)
        repository._configure()
        return repository

    def clone(self, path: Path) -> BareRepository:
        """A copy of this repository with its branches: a fork."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.run("clone", "--quiet", "--bare", str(self.path), str(path))
        copy = BareRepository(path)
        copy._configure()
        return copy

    def _configure(self) -> None:
        for name, value in _SETTINGS.items():
            self.run("config", name, value)

    def object_id(self, expression: str) -> str | None:
        """What any expression of git's names (`main:models`, `main^{tree}`), None where it names nothing."""
        try:
            return self.line("rev-parse", "--verify", "--quiet", "--end-of-options", expression)
        except GitError:
            return None

    def resolve(self, revision: str) -> str | None:
        """The commit a branch, tag or (abbreviated) object id names, None where there is none."""
        for candidate in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            found = self.object_id(candidate + "^{commit}")
            if found:
                return found
        return None

    def commit(
        self,
        branch: str,
        changes: Mapping[str, Content],
        message: str,
        author: Signature,
        *,
        parent: str | None = None,
    ) -> str:
        """Put one commit on a branch and return its id.

        It goes on top of `parent`, or of the branch, or starts a history where the branch does not exist.
        """
        ref = f"refs/heads/{branch}"
        start = parent or self.resolve(branch)
        stream = [b"commit %s\n" % ref.encode(), b"committer %s\n" % author.line, _counted(message.encode())]
        if start:
            stream.append(b"from %s\n" % start.encode())
        for path, content in changes.items():
            stream.append(_change(path, content))
        stream.append(b"\ndone\n")
        self.run("fast-import", "--quiet", "--force", "--done", stdin=b"".join(stream))
        return self.line("rev-parse", "--verify", ref)

    def set_ref(self, ref: str, sha: str) -> None:
        """Point a full ref name at a commit."""
        self.run("update-ref", ref, sha)

    def delete_branch(self, branch: str) -> None:
        """Remove a branch."""
        self.run("update-ref", "-d", f"refs/heads/{branch}")

    def branches(self) -> dict[str, str]:
        """The branches and the commits they point at."""
        listing = self.line("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads")
        return dict(line.rsplit(" ", 1) for line in listing.splitlines())

    def take(self, other: BareRepository, sha: str, ref: str) -> None:
        """Fetch a commit of another repository into this one and keep it under `ref`."""
        if other.path != self.path:
            self.run("fetch", "--quiet", "--no-tags", str(other.path), f"+{sha}:{ref}")
        self.set_ref(ref, sha)

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits, None for unrelated histories."""
        try:
            return self.line("merge-base", one, other)
        except GitError:
            return None

    def commits(self, base: str, head: str) -> list[str]:
        """The commits that `head` has and `base` has not, oldest first."""
        return self.line("rev-list", "--reverse", "--topo-order", f"{base}..{head}").split()

    def read_commit(self, sha: str) -> Commit:
        """A commit object."""
        fields = self.run("log", "-1", "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B", sha)
        texts = [field.decode("utf-8", "replace") for field in fields.split(b"\0", 9)]
        sha, tree, parents, author, author_email, written, committer, committer_email, made, message = texts
        return Commit(
            sha=sha,
            tree=tree,
            parents=tuple(parents.split()),
            author_name=author,
            author_email=author_email,
            author_date=written,
            committer_name=committer,
            committer_email=committer_email,
            committer_date=made,
            message=message.rstrip("\n"),
        )

    def tree(self, treeish: str, *, recursive: bool = False, path: str = "") -> list[TreeEntry]:
        """The entries of a tree, in git's order; with `recursive`, subtrees and what they hold.

        `path` names a directory whose entries are wanted, by their full paths.
        """
        flags = ["-r", "-t"] if recursive else []
        scope = ["--", path.rstrip("/") + "/"] if path else []
        listing = self.run("ls-tree", "-l", "-z", *flags, treeish, *scope)
        return [_tree_entry(row) for row in listing.split(b"\0") if row]

    def entry(self, treeish: str, path: str) -> TreeEntry | None:
        """The entry at one path, None where there is none."""
        rows = [row for row in self.run("ls-tree", "-l", "-z", treeish, "--", path).split(b"\0") if row]
        return _tree_entry(rows[0]) if rows else None

    def kind(self, oid: str) -> str | None:
        """blob, tree, commit or tag; None where there is no such object."""
        try:
            return self.line("cat-file", "-t", oid)
        except GitError:
            return None

    def blob(self, oid: str) -> bytes:
        """The bytes of a blob."""
        return self.run("cat-file", "blob", oid)

    def open_blob(self, oid: str) -> Callable[[int, int], Iterator[bytes]]:
        """A function that gives a blob's bytes from a start to an end, piece by piece."""

        def pieces(start: int, end: int) -> Iterator[bytes]:
            command = ["git", "--git-dir", str(self.path), "cat-file", "blob", oid]
            with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as process:
                output = cast("IO[bytes]", process.stdout)
                try:
                    position = 0
                    while position < end and (piece := output.read(min(PIECE, end - position))):
                        if position + len(piece) > start:
                            yield piece[max(0, start - position) :]
                        position += len(piece)
                finally:
                    process.kill()

        return pieces

    def read(self, revision: str, path: str) -> bytes | None:
        """The bytes of a file in a commit, None where there is no such file."""
        entry = self.entry(revision, path)
        return self.blob(entry.oid) if entry and entry.kind == "blob" else None


def _counted(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _change(path: str, content: Content) -> bytes:
    name = _quoted(path)
    if content is None:
        return b"D %s\n" % name
    if isinstance(content, bytes):
        content = GitFile(content)
    if content.mode == "160000":
        return b"M 160000 %s %s\n" % (content.content, name)
    return b"M %s inline %s\n" % (content.mode.encode(), name) + _counted(content.content)


def _quoted(path: str) -> bytes:
    escaped = path.encode("utf-8", "surrogateescape").replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b'"%s"' % escaped.replace(b"\n", b"\\n")


def _tree_entry(row: bytes) -> TreeEntry:
    description, path = row.split(b"\t", 1)
    mode, kind, oid, size = description.decode().split()
    number = None if size == "-" else int(size)
    return TreeEntry(path.decode("utf-8", "surrogateescape"), mode, kind, oid, number)
