"""Files, blobs and entries of trees in Forgejo's JSON."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from bot.sandbox.diff import ChangedFile
from bot.sandbox.forgejo.answers import shown
from bot.sandbox.forgejo.shapes.repositories import api_of, page_of
from bot.sandbox.git import TreeEntry
from bot.sandbox.model import MergeRequest, Repository
from bot.sandbox.world import World

_KINDS = {"tree": "dir", "commit": "submodule"}


def changed_file(world: World, found: MergeRequest, file: ChangedFile) -> dict[str, Any]:
    """`ChangedFile`: neither a blob's id nor a patch; its addresses are the fork's."""
    source = world.repository(found.source_repository_id or found.repository_id)
    path = quote(file.path, errors="surrogateescape")
    page = page_of(world, source)
    shape = {
        "filename": shown(file.path),
        "status": _status(file),
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "html_url": f"{page}/src/commit/{found.head}/{path}",
        "contents_url": f"{api_of(world, source)}/contents/{path}?ref={found.head}",
        "raw_url": f"{page}/raw/commit/{found.head}/{path}",
    }
    return shape | ({"previous_filename": shown(file.previous_path)} if file.previous_path else {})


def _status(file: ChangedFile) -> str:
    """Forgejo's word (its `ToChangedFile`): a binary file that changed is `unchanged`, for it counts lines."""
    words = {"D": "deleted", "A": "added", "C": "copied", "R": "renamed"}
    return words.get(file.letter, "changed" if file.additions or file.deletions else "unchanged")


def tree_entry(world: World, repository: Repository, row: TreeEntry) -> dict[str, Any]:
    """`GitEntry`; a directory and a submodule have the size 0, and a submodule has no address."""
    parts = {"tree": "trees", "blob": "blobs"}
    url = f"{api_of(world, repository)}/git/{parts[row.kind]}/{row.oid}" if row.kind in parts else ""
    return {
        "path": shown(row.path),
        "mode": row.mode,
        "type": row.kind,
        "size": row.size or 0,
        "sha": row.oid,
        "url": url,
    }


def blob(world: World, repository: Repository, sha: str, limit: int) -> dict[str, Any]:
    """`GitBlob`, without content above the limit."""
    content = repository.git.blob(sha)
    return {
        "content": base64.b64encode(content).decode() if len(content) <= limit else "",
        "encoding": "base64",
        "url": f"{api_of(world, repository)}/git/blobs/{sha}",
        "sha": sha,
        "size": len(content),
    }


def contents(world: World, repository: Repository, commit: str, row: TreeEntry, *, listed: bool) -> dict[str, Any]:
    """`ContentsResponse` of an entry; `listed` among the others of its directory it comes without content."""
    kind = "symlink" if row.mode == "120000" else _KINDS.get(row.kind, "file")
    path = quote(row.path, errors="surrogateescape")
    url = f"{api_of(world, repository)}/contents/{path}?ref={commit}"
    git_url = f"{api_of(world, repository)}/git/blobs/{row.oid}"
    page = f"{page_of(world, repository)}/src/commit/{commit}/{path}"
    content = repository.git.blob(row.oid) if row.kind == "blob" and not listed else b""
    limit = world.limits.forgejo.blob_bytes
    is_file = kind == "file" and not listed
    shape: dict[str, Any] = {
        "name": shown(row.path).rpartition("/")[2],
        "path": shown(row.path),
        "sha": row.oid,
        "last_commit_sha": repository.git.line("log", "-1", "--format=%H", commit, "--", row.path),
        "type": kind,
        "size": row.size or 0,
        "encoding": "base64" if is_file else None,
        "content": (base64.b64encode(content).decode() if len(content) <= limit else "") if is_file else None,
        "target": content.decode("utf-8", "replace") if kind == "symlink" else None,
        "url": url,
        "html_url": None if kind == "submodule" else page,
        "git_url": None if kind == "submodule" else git_url,
        "download_url": None if kind in ("submodule", "dir") else page.replace("/src/commit/", "/raw/commit/"),
        "submodule_git_url": None,
        "_links": {"self": url, "git": git_url, "html": page},
    }
    return shape
