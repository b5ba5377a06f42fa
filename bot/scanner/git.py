"""What a local range of commits, or the work that is not committed yet, changes: local git without any forge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.scanner.git_command import GitError, Repository
from bot.scanner.git_raw import parse_raw, weighed_changes, with_exact_renames
from bot.scanner.git_tree import GitTree, StagedTree, kind_of_mode
from bot.scanner.readers import UnreadableError
from bot.scanner.tree import Change, Changes, Entry, EntryKind
from rules.facts import ChangeStatus

__all__ = [
    "GitError",
    "GitTree",
    "Repository",
    "StagedTree",
    "first_parents",
    "local_changes",
    "past_changes",
    "staged_changes",
    "whole_tree",
]


def local_changes(repository: Repository, base: str, head: str) -> Changes:
    """What `head` changes since it left `base`: from their merge base, as a merge request is shown.

    Both are ids of commits. Raises GitError, also where the two have no common ancestor.
    """
    try:
        fork = repository.run("merge-base", base, head).decode("ascii").strip()
    except GitError as error:
        raise GitError(
            f"{base[:12]} and {head[:12]} have no common ancestor here; in a shallow clone fetch more history"
        ) from error
    options = ("-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff")
    return weighed_changes(repository.stream("diff-tree", *options, fork, head), repository)


def whole_tree(repository: Repository, commit: str) -> Changes:
    """Every file of a commit, as if all of them were added. Raises GitError."""
    options = ("-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff")
    return weighed_changes(repository.stream("diff-tree", *options, repository.empty_tree(), commit), repository)


def first_parents(repository: Repository, tip: str, count: int) -> Sequence[tuple[str, str, str]]:
    """The last `count` steps of a branch, newest first: commit, its first parent, and its subject.

    A merge is one step with all that it brought; the root is left out. Raises GitError.
    """
    log = repository.run("log", "--first-parent", "-z", f"--max-count={count}", "--format=%H %P%x01%s", tip, "--")
    steps = []
    for line in filter(None, log.decode("utf-8", "replace").split("\0")):
        commits, _, subject = line.partition("\x01")
        commit, *parents = commits.split()
        if parents:
            steps.append((commit, parents[0], subject))
    return steps


def past_changes(repository: Repository, base: str, head: str) -> Changes:
    """What single commits between `base` and `head` bring and the last of them no longer holds.

    Every such file stays in the history that a merge would add. Files that merges from the base bring are not
    among them. Raises GitError.
    """
    commits = repository.run("rev-list", "--max-count=2", head, f"^{base}", "--").split()
    if len(commits) < 2:
        return Changes(files=())
    listed = repository.run("rev-list", "--objects", "--no-object-names", "--missing=allow-any", head, f"^{base}", "--")
    brought = set(listed.decode("ascii").split())
    kept = {line.partition(b"\t")[0].split(b" ")[-1].decode("ascii") for line in _listing(repository, head)}
    gone = brought - kept
    if not gone:
        return Changes(files=())
    options = (
        "-r",
        "-z",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "--no-ext-diff",
        "--root",
        "-m",
        "--reverse",
        "--format=%x00%H",
    )
    log = repository.run("log", *options, head, f"^{base}", "--").decode("utf-8", "surrogateescape")
    found: dict[str, Change] = {}
    for commit, change in _parse_log(log):
        entry = change.entry
        if entry is not None and entry.kind is not EntryKind.SUBMODULE and entry.oid in gone:
            found.setdefault(entry.oid, change._replace(status=ChangeStatus.ADDED, previous_oid=None, commit=commit))
    return Changes(files=tuple(found.values()))


def _listing(repository: Repository, commit: str) -> Sequence[bytes]:
    """Lines of `git ls-tree`: `MODE KIND OID`, a tab, the path."""
    return repository.run("ls-tree", "-r", "-z", commit).split(b"\0")


def _parse_log(log: str) -> Iterator[tuple[str, Change]]:
    """Commits with what each changes from each of its parents: two zero bytes, the id, a zero byte, raw diff lines."""
    for part in log.split("\0\0"):
        commit, _, raw = part.lstrip("\0").partition("\0")
        for change in parse_raw(raw.lstrip("\n").encode("utf-8", "surrogateescape")):
            yield commit, change


def staged_changes(repository: Repository) -> tuple[Changes, StagedTree]:
    """What is not committed yet, with the tree to read it from: the index, and the working tree beyond it.

    Files that git ignores are left out. Where a file is staged and was edited again, the staged
    content counts: it is what the next commit holds. A file that `.gitattributes` gives to Git LFS
    appears as the pointer `git add` would make of it. No filter of the repository is run. Raises GitError.
    """
    if repository.bare:
        raise GitError(f"{repository.top}: a bare repository has no index and no working tree")
    head = repository.commit_or_none("HEAD") or repository.empty_tree()
    options = ("-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff")
    submodules = ("--ignore-submodules=all",)  # git would run in them, by their own configuration
    staged = tuple(parse_raw(repository.run("diff-index", "--cached", *options, head)))
    names = {change.path for change in staged}
    edited = (
        change for change in parse_raw(repository.run("diff-files", *submodules, *options)) if change.path not in names
    )
    beyond = tuple(change for change in (*edited, *_untracked(repository)) if change.entry is not None)
    tree = StagedTree(repository, _index(repository), (change.entry for change in beyond if change.entry is not None))
    in_lfs = _paths_for_lfs(repository, [change.path for change in beyond])
    worktree = tuple(_as_pointer(change, tree) if change.path in in_lfs else change for change in beyond)
    return Changes(files=(*with_exact_renames(staged), *worktree)), tree


def _index(repository: Repository) -> Iterator[Entry]:
    """All entries of the index; of an unmerged path, one side."""
    for line in repository.run("ls-files", "-z", "--stage").decode("utf-8", "surrogateescape").split("\0"):
        if line:
            facts, _, path = line.partition("\t")
            mode, oid, _ = facts.split(" ")
            yield Entry(path=path, kind=kind_of_mode(mode), oid=oid)


def _untracked(repository: Repository) -> Iterator[Change]:
    unnamed = "0" * len(repository.empty_tree())
    listed = repository.run("ls-files", "-z", "--others", "--exclude-standard")
    for path in listed.decode("utf-8", "surrogateescape").split("\0"):
        place = repository.top / path
        if path and not path.endswith("/") and (place.is_symlink() or place.is_file()):
            kind = EntryKind.SYMLINK if place.is_symlink() else EntryKind.FILE
            yield Change(path=path, status=ChangeStatus.ADDED, entry=Entry(path=path, kind=kind, oid=unnamed))


def _paths_for_lfs(repository: Repository, paths: Sequence[str]) -> frozenset[str]:
    """Those of the paths whose attributes name Git LFS as their filter."""
    if not paths:
        return frozenset()
    content = "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
    answer = repository.run("check-attr", "-z", "--stdin", "filter", content=content)
    words = answer.decode("utf-8", "surrogateescape").split("\0")
    return frozenset(path for path, value in zip(words[0::3], words[2::3], strict=False) if value == "lfs")


def _as_pointer(change: Change, tree: StagedTree) -> Change:
    """The change with the pointer as its content; as it is where the file cannot be read: its scan will say so."""
    if change.entry is None or change.entry.kind is not EntryKind.FILE:
        return change
    try:
        content = tree.pointer_for(change.path)
    except UnreadableError:
        return change
    entry = Entry(path=change.path, kind=EntryKind.FILE, oid=change.entry.oid, size=len(content))
    return Change(change.path, change.status, entry, previous_oid=change.previous_oid, content=content)
