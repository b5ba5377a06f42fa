"""What a local range of commits, or the work that is not committed yet, changes: local git without any forge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing

from bot.scanner.git_command import GitError, Repository
from bot.scanner.git_objects import GitObjects, Weight
from bot.scanner.git_tree import GitTree, StagedTree, kind_of_mode
from bot.scanner.readers import UnreadableError
from bot.scanner.tree import Change, Changes, Entry, EntryKind
from rules.facts import ChangeStatus

__all__ = ["GitError", "GitTree", "Repository", "StagedTree", "local_changes", "past_changes", "staged_changes"]

_FILE_MODE = "100"
_STATUSES = {
    "A": ChangeStatus.ADDED,
    "C": ChangeStatus.COPIED,
    "D": ChangeStatus.DELETED,
    "M": ChangeStatus.MODIFIED,
    "T": ChangeStatus.TYPE_CHANGED,
}


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
    raw = repository.run("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", fork, head)
    with closing(GitObjects(repository)) as objects:
        return Changes(files=_with_exact_renames(_parse_raw(raw, objects)))


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
    options = ("-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", "--root", "-m", "--format=%x00%H")
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
        for change in _parse_raw(raw.lstrip("\n").encode("utf-8", "surrogateescape")):
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
    staged = tuple(_parse_raw(repository.run("diff-index", "--cached", *options, head)))
    names = {change.path for change in staged}
    edited = (
        change for change in _parse_raw(repository.run("diff-files", *submodules, *options)) if change.path not in names
    )
    beyond = tuple(change for change in (*edited, *_untracked(repository)) if change.entry is not None)
    tree = StagedTree(repository, _index(repository), (change.entry for change in beyond if change.entry is not None))
    in_lfs = _paths_for_lfs(repository, [change.path for change in beyond])
    worktree = tuple(_as_pointer(change, tree) if change.path in in_lfs else change for change in beyond)
    return Changes(files=(*_with_exact_renames(staged), *worktree)), tree


def _parse_raw(raw: bytes, objects: GitObjects | None = None) -> list[Change]:
    """Changes from raw diff lines: `:MODE MODE OID OID STATUS`, a zero byte, the path, a zero byte.

    With `objects`, the sizes of the blobs are asked for, all at once. Made for changes of many files: each is
    made once, of plain tuples.
    """
    words = raw.decode("utf-8", "surrogateescape").split("\0")
    lines = [(*line.split(" "), path) for line, path in zip(words[::2], words[1::2], strict=False)]
    weights: Iterator[Weight | None] = iter(())
    if objects is not None:
        weights = iter(objects.weigh([line[3] for line in lines if line[1].startswith(_FILE_MODE)]))
    changes = []
    for _, mode, previous, oid, letter, path in lines:
        weight = next(weights, None) if mode.startswith(_FILE_MODE) else None
        status = _STATUSES.get(letter[0])
        if status is None:
            continue
        entry = None
        if status is not ChangeStatus.DELETED:
            entry = Entry(path, kind_of_mode(mode), oid, *(weight or (None, None)))
        changes.append(Change(path, status, entry, None, previous if previous.strip("0") else None))
    return changes


def _with_exact_renames(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The same changes, an addition of exactly what was deleted elsewhere as a rename.

    Git's own rename detection compares contents and may need blobs that a partial clone has not.
    """
    gone: dict[str, list[str]] = defaultdict(list)
    for change in changes:
        if change.status is ChangeStatus.DELETED and change.previous_oid:
            gone[change.previous_oid].append(change.path)
    result: list[Change] = []
    moved: set[str] = set()
    for change in changes:
        sources = gone.get(change.entry.oid) if change.entry and change.status is ChangeStatus.ADDED else None
        if change.entry is None or not sources:
            result.append(change)
            continue
        source = sources.pop(0)
        moved.add(source)
        result.append(
            Change(
                path=change.path,
                status=ChangeStatus.RENAMED,
                entry=change.entry,
                previous_path=source,
                previous_oid=change.entry.oid,
            )
        )
    return tuple(change for change in result if not (change.status is ChangeStatus.DELETED and change.path in moved))


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
