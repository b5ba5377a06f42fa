"""The changed files between two commits, with patches, as the forges list them."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from bot.sandbox.git import NO_OBJECT, BareRepository


@dataclass(frozen=True)
class ChangedFile:
    """One file that differs between two commits."""

    path: str
    previous_path: str | None
    """Old path of a renamed or copied file, None for all others."""
    letter: str
    """Git's status: A added, M modified, D deleted, R renamed, C copied, T type changed."""
    old_mode: str
    new_mode: str
    old_oid: str | None
    new_oid: str | None
    patch: str | None
    """The hunks without the header lines; None for binary files and for changes without a changed line."""
    additions: int
    deletions: int
    binary: bool


def changed_files(repository: BareRepository, base: str, head: str) -> tuple[ChangedFile, ...]:
    """What changed from `base` to `head`, sorted by path, with git's own detection of renames."""
    return _changed_files(repository, base, head)


@functools.lru_cache(maxsize=64)
def _changed_files(repository: BareRepository, base: str, head: str) -> tuple[ChangedFile, ...]:
    output = repository.run("diff-tree", "-r", "-z", "-M", "--full-index", "--raw", "-p", base, head)
    rows, patches = _split(output)
    remaining = iter(patches)
    files = []
    for old_mode, new_mode, old_oid, new_oid, status, old_path, new_path in rows:
        # Git writes a change of type (a file becomes a symlink) as one row but as two patches.
        texts = [next(remaining, b"") for _ in range(2 if status == "T" else 1)]
        hunks = "".join(_hunks(text) for text in texts)
        lines = hunks.splitlines()
        files.append(
            ChangedFile(
                path=new_path,
                previous_path=old_path if status in "RC" else None,
                letter=status,
                old_mode=old_mode,
                new_mode=new_mode,
                old_oid=None if old_oid == NO_OBJECT else old_oid,
                new_oid=None if new_oid == NO_OBJECT else new_oid,
                patch=hunks.rstrip("\n") or None,
                additions=sum(line.startswith("+") for line in lines),
                deletions=sum(line.startswith("-") for line in lines),
                binary=any(b"\nBinary files " in text for text in texts),
            )
        )
    return tuple(files)


Row = tuple[str, str, str, str, str, str, str]


def _split(output: bytes) -> tuple[list[Row], list[bytes]]:
    rows: list[Row] = []
    position = 0
    while output[position : position + 1] == b":":
        header, position = _field(output, position)
        old_mode, new_mode, old_oid, new_oid, status = header[1:].split(" ")
        old_path, position = _field(output, position)
        new_path = old_path
        if status[0] in "RC":
            new_path, position = _field(output, position)
        rows.append((old_mode, new_mode, old_oid, new_oid, status[0], old_path, new_path))
    patches = output[position:].lstrip(b"\0")
    if not patches:
        return rows, []
    # Inside a hunk every line begins with a space, a sign or a backslash, so this finds headers only.
    return rows, [b"diff --git " + part for part in (b"\n" + patches).split(b"\ndiff --git ")[1:]]


def _field(output: bytes, position: int) -> tuple[str, int]:
    end = output.index(b"\0", position)
    return output[position:end].decode("utf-8", "surrogateescape"), end + 1


def _hunks(patch: bytes) -> str:
    start = patch.find(b"\n@@ ")
    return "" if start < 0 else patch[start + 1 :].decode("utf-8", "replace").rstrip("\n") + "\n"
