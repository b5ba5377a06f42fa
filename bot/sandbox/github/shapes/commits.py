"""Commits, trees, blobs and changed files in GitHub's JSON."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from bot.sandbox.diff import ChangedFile
from bot.sandbox.git import Commit, TreeEntry
from bot.sandbox.github.answers import shown
from bot.sandbox.github.shapes import node_id
from bot.sandbox.github.shapes.repositories import html_url_of, url_of
from bot.sandbox.model import Repository
from bot.sandbox.world import World

_STATUS = {"A": "added", "M": "modified", "D": "removed", "R": "renamed", "C": "copied", "T": "changed"}
_UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def git_commit(world: World, repository: Repository, record: Commit) -> dict[str, Any]:
    """`git-commit`."""
    url = url_of(world, repository)
    page = html_url_of(world, repository)
    return {
        "sha": record.sha,
        "node_id": node_id("Commit", record.sha),
        "url": f"{url}/git/commits/{record.sha}",
        "html_url": f"{page}/commit/{record.sha}",
        "author": {"name": record.author_name, "email": record.author_email, "date": record.author_date},
        "committer": {"name": record.committer_name, "email": record.committer_email, "date": record.committer_date},
        "tree": {"sha": record.tree, "url": f"{url}/git/trees/{record.tree}"},
        "message": record.message,
        "parents": _parents(url, page, record, "git/commits"),
        "verification": _UNSIGNED,
    }


def commit(world: World, repository: Repository, record: Commit) -> dict[str, Any]:
    """`commit`, without its files."""
    url = url_of(world, repository)
    page = html_url_of(world, repository)
    inner = git_commit(world, repository, record)
    kept = ("url", "author", "committer", "message", "tree", "verification")
    return {
        "sha": record.sha,
        "node_id": inner["node_id"],
        "url": f"{url}/commits/{record.sha}",
        "html_url": inner["html_url"],
        "comments_url": f"{url}/commits/{record.sha}/comments",
        "commit": {name: inner[name] for name in kept} | {"comment_count": 0},
        "author": None,
        "committer": None,
        "parents": _parents(url, page, record, "commits"),
    }


def _parents(url: str, page: str, record: Commit, route: str) -> list[dict[str, str]]:
    return [{"sha": sha, "url": f"{url}/{route}/{sha}", "html_url": f"{page}/commit/{sha}"} for sha in record.parents]


def tree_entry(world: World, repository: Repository, entry: TreeEntry) -> dict[str, Any]:
    """An item of `git-tree`; only blobs have a size."""
    shape: dict[str, Any] = {"path": shown(entry.path), "mode": entry.mode, "type": entry.kind, "sha": entry.oid}
    if entry.size is not None:
        shape["size"] = entry.size
    if entry.kind != "commit":
        shape["url"] = f"{url_of(world, repository)}/git/{entry.kind}s/{entry.oid}"
    return shape


def blob(world: World, repository: Repository, oid: str, content: bytes) -> dict[str, Any]:
    """`blob`."""
    return {
        "sha": oid,
        "node_id": node_id("Blob", oid),
        "size": len(content),
        "url": f"{url_of(world, repository)}/git/blobs/{oid}",
        "content": base64.encodebytes(content).decode(),
        "encoding": "base64",
    }


def content_entry(world: World, repository: Repository, entry: TreeEntry, ref: str) -> dict[str, Any]:
    """An item of `content-directory`, and what `content-file` begins with."""
    path = quote(shown(entry.path))
    url = f"{url_of(world, repository)}/contents/{path}?ref={quote(ref, safe='')}"
    page = f"{html_url_of(world, repository)}/{'tree' if entry.kind == 'tree' else 'blob'}/{quote(ref)}/{path}"
    is_file = entry.kind == "blob"
    git_url = f"{url_of(world, repository)}/git/{entry.kind}s/{entry.oid}"
    kinds = {"120000": "symlink", "160000": "submodule", "040000": "dir"}
    return {
        "type": kinds.get(entry.mode, "file"),
        "size": entry.size or 0,
        "name": shown(entry.path).rpartition("/")[2],
        "path": shown(entry.path),
        "sha": entry.oid,
        "url": url,
        "git_url": git_url,
        "html_url": page,
        "download_url": f"{html_url_of(world, repository)}/raw/{quote(ref)}/{path}" if is_file else None,
        "_links": {"self": url, "git": git_url, "html": page},
    }


def diff_entry(world: World, repository: Repository, head: str, file: ChangedFile, patch_lines: int) -> dict[str, Any]:
    """`diff-entry`; `patch` is missing for binary files and for very long patches."""
    path = quote(shown(file.path))
    page = html_url_of(world, repository)
    shape: dict[str, Any] = {
        "sha": file.new_oid or file.old_oid,
        "filename": shown(file.path),
        "status": _STATUS[file.letter],
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{page}/blob/{head}/{path}",
        "raw_url": f"{page}/raw/{head}/{path}",
        "contents_url": f"{url_of(world, repository)}/contents/{path}?ref={head}",
    }
    if file.patch is not None and file.patch.count("\n") < patch_lines:
        shape["patch"] = file.patch
    if file.previous_path is not None:
        shape["previous_filename"] = shown(file.previous_path)
    return shape
