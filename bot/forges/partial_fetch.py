"""The complete list of changes, whatever its size: from a partial fetch of two commits, where a forge's own list ends.

Of the older commit only directories are fetched. Of the newer one come, beside them, the files that the older has not,
up to CONTENT_LIMIT: pointers and sources are at hand then, and weights stay where they are, to be read by the forge's
interface.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.forges.fetched import Store
from bot.forges.fetched_changes import CONTENT_LIMIT, by_commit, with_contents
from bot.forges.git_remote import NAME, Bounds, FetchError, Remote, fetch
from bot.scanner.git_command import GitError, Repository, environment
from bot.scanner.git_raw import weighed_changes
from bot.scanner.readers import UnreadableError
from bot.scanner.tree import Change, Changes

SECONDS = 120.0
"""Time for all that one merge request needs; a change of 3,500 files took less than one."""
DEPTHS = (50, 1_000, 20_000)
"""Commits back from either side among which the common ancestor is looked for, where the forge does not tell it."""
_FILES = f"--filter=blob:limit={CONTENT_LIMIT}"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHA256 = 64
"""Digits of an id in a repository that names objects by SHA-256."""
_RAW = ("-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff")


@dataclass(frozen=True)
class Sought:
    """A merge request as it is fetched."""

    key: str
    """Name of the target repository that survives renames and may be a file's: forge, host and id."""
    remote: Remote
    """The target repository: it holds the commits of its merge requests, those of deleted forks too."""
    head: str
    base: str
    """Tip of the target branch."""
    fork_point: str | None
    """Their common ancestor, None where the forge does not tell it."""
    head_ref: str | None = None
    """Name under which the target keeps the head."""


class PartialFetch:
    """Fetches parts of repositories into a store."""

    def __init__(self, store: Store, seconds: float = SECONDS) -> None:
        self._store = store
        self._seconds = seconds

    def changes(self, sought: Sought) -> Changes:
        """Everything that the head changes since it left the target branch; with unrelated histories, all it holds.

        Raises FetchError.
        """
        with self._at_work(sought) as work:
            start = sought.fork_point or work.fork_point(sought)
            if start is not None:
                work.fetch(start, "--depth=1", "--filter=blob:none")
            work.fetch_head(sought)
            repository = Repository(work.files)
            raw = repository.stream("diff-tree", *_RAW, start or repository.empty_tree(), sought.head)
            changes = weighed_changes(raw, repository)
            return changes._replace(files=with_contents(changes.files, repository))

    def everything(self, sought: Sought) -> Changes:
        """All that the head holds. Raises FetchError."""
        with self._at_work(sought) as work:
            work.fetch_head(sought)
            repository = Repository(work.files)
            raw = repository.stream("diff-tree", *_RAW, repository.empty_tree(), sought.head)
            changes = weighed_changes(raw, repository)
            return changes._replace(files=with_contents(changes.files, repository))

    def commits(self, sought: Sought, commits: Sequence[str], depth: int) -> Sequence[tuple[str, Sequence[Change]]]:
        """What each of the commits changes; they are among the last `depth` before the head. Raises FetchError."""
        with self._at_work(sought) as work:
            if sought.fork_point is not None:
                work.fetch(sought.fork_point, "--depth=1", "--filter=blob:none")
            work.fetch(sought.head, f"--depth={depth + 1}", _FILES)
            repository = Repository(work.files)
            questions = "".join(f"{checked(commit)}\n" for commit in commits).encode()
            listed = repository.run("diff-tree", "--stdin", "--always", "--root", *_RAW, content=questions)
            found = by_commit(listed, repository)
            if len(found) < len(set(commits)):
                raise FetchError(f"only {len(found):,} of {len(commits):,} commits came")
            return found

    @contextlib.contextmanager
    def _at_work(self, sought: Sought) -> Iterator[_Work]:
        until = time.monotonic() + self._seconds
        with self._store.held(sought.key, until) as place:
            try:
                yield _Work(place, sought.remote, Bounds(until, self._store.is_full))
            except (GitError, UnreadableError) as error:
                raise FetchError(str(error)) from error


class _Work:
    """The place of one repository, while nobody else has it."""

    def __init__(self, place: Path, remote: Remote, bounds: Bounds) -> None:
        self._place = place
        self._remote = remote
        self._bounds = bounds
        self.files = place / "files"

    def fetch(self, commit: str, *options: str) -> None:
        """Fetch a commit into the repository of files."""
        self._fetch(self.files, options, [commit])

    def fetch_head(self, sought: Sought) -> None:
        """Fetch the head by its id or, where the forge gives no commit out by its id, by the name it is kept under."""
        try:
            self.fetch(sought.head, "--depth=1", _FILES)
        except FetchError:
            if sought.head_ref is None or time.monotonic() > self._bounds.until or self._bounds.is_too_large():
                raise
            kept = f"+{sought.head_ref}:refs/weighbridge/kept"
            fetch(self.files, self._remote, ["--depth=1", _FILES, NAME, kept], self._bounds)
            if Repository(self.files).commit("refs/weighbridge/kept") != sought.head:
                raise FetchError("the head has moved on meanwhile") from None

    def fork_point(self, sought: Sought) -> str | None:
        """The common ancestor of both sides, None where they have none. Only commits are fetched, into a place apart.

        Where they lie among the files, git would take their directories for fetched too.
        """
        commits = self._place / "commits"
        shutil.rmtree(commits, ignore_errors=True)
        try:
            for depth in DEPTHS:
                self._fetch(commits, (f"--depth={depth}", "--filter=tree:0"), [sought.base, sought.head])
                repository = Repository(commits)
                with contextlib.suppress(GitError):
                    return repository.run("merge-base", sought.base, sought.head).decode("ascii").strip()
                if repository.run("rev-parse", "--is-shallow-repository").strip() == b"false":
                    return None
        finally:
            shutil.rmtree(commits, ignore_errors=True)
        raise FetchError(f"the two branches have no common ancestor among their last {DEPTHS[-1]:,} commits")

    def _fetch(self, directory: Path, options: Sequence[str], commits: Sequence[str]) -> None:
        names = [f"+{checked(commit)}:refs/weighbridge/{commit}" for commit in commits]
        if not (directory / "HEAD").exists():
            _create(directory, "sha256" if len(commits[0]) == _SHA256 else "sha1")
        fetch(directory, self._remote, [*options, NAME, *names], self._bounds)


def checked(commit: str) -> str:
    """The id of a commit. Raises FetchError where it is none: what is no id could be an option."""
    if not _COMMIT.fullmatch(commit):
        raise FetchError("the forge names a commit by something that is no id")
    return commit


def _create(directory: Path, hash_name: str) -> None:
    """An empty bare repository. No template: one may bring hooks."""
    command = ["git", "init", "--quiet", "--bare", "--template=", f"--object-format={hash_name}", str(directory)]
    try:
        subprocess.run(command, check=True, capture_output=True, env=environment())
    except (OSError, subprocess.CalledProcessError) as error:
        raise FetchError("git could not make a repository") from error
