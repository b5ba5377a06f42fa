"""Directories, blobs and files of a repository ("Repositories API", "Repository files API")."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator

from flask import Response, jsonify, request

from bot.sandbox import streams
from bot.sandbox.current import world
from bot.sandbox.git import TreeEntry
from bot.sandbox.gitlab import answers, credentials, shapes
from bot.sandbox.gitlab.routing import Answer, Routes
from bot.sandbox.model import Repository

routes = Routes()

_SNIFFED = 8_000
"""Bytes that decide on text or binary, as git does it."""


@routes.on("GET", "/projects/:project/repository/tree")
def get_tree(project: str) -> Answer:
    """The entries of a directory, with `recursive` those below it too."""
    repository = credentials.project(project)
    ref = request.args.get("ref") or repository.default_branch
    path = request.args.get("path", "").strip("/")
    sha = repository.git.resolve(ref)
    if sha is None:
        raise answers.not_found("Tree")
    rows = repository.git.tree(sha, recursive=answers.truth(request.args.get("recursive")) is True, path=path)
    if not rows and path:
        raise answers.not_found("Tree")
    # GitLab lists the directories first.
    rows.sort(key=lambda row: row.kind != "tree")
    return answers.page(rows, shapes.tree_entry, keyset=lambda row: row.oid + answers.shown(row.path))


@routes.on("GET", "/projects/:project/repository/blobs/:sha")
def get_blob(project: str, sha: str) -> Answer:
    """A blob as base64 in JSON."""
    repository = credentials.project(project)
    size = _blob_size(repository, sha)
    content = base64.b64encode(repository.git.blob(sha)).decode()
    return jsonify({"size": size, "encoding": "base64", "content": content, "sha": sha})


@routes.on("GET", "/projects/:project/repository/blobs/:sha/raw")
def get_raw_blob(project: str, sha: str) -> Answer:
    """The bytes of a blob."""
    repository = credentials.project(project)
    return _send(_blob_size(repository, sha), repository.git.open_blob(sha))


@routes.on("HEAD", "/projects/:project/repository/files/:path")
@routes.on("GET", "/projects/:project/repository/files/:path")
def get_file(project: str, path: str) -> Answer:
    """A file with its content; HEAD tells the rest in headers."""
    repository = credentials.project(project)
    entry, facts = _file(repository, path)
    if request.method == "HEAD":
        answer = Response(b"", content_type="application/json")
    else:
        content = base64.b64encode(repository.git.blob(entry.oid)).decode()
        answer = jsonify({**facts, "content": content})
    return _with_headers(answer, facts)


@routes.on("HEAD", "/projects/:project/repository/files/:path/raw")
@routes.on("GET", "/projects/:project/repository/files/:path/raw")
def get_raw_file(project: str, path: str) -> Answer:
    """The bytes of a file; with `lfs=true` those of the object behind a pointer."""
    repository = credentials.project(project)
    entry, facts = _file(repository, path)
    oid = lfs_oid(repository, entry) if answers.truth(request.args.get("lfs")) else None
    if oid is not None:
        return _send(world().lfs.size(oid), streams.from_file(world().lfs.path(oid)))
    return _with_headers(_send(entry.size or 0, repository.git.open_blob(entry.oid)), facts)


def _file(repository: Repository, path: str) -> tuple[TreeEntry, dict[str, str | int | bool]]:
    ref = request.args.get("ref", "HEAD")
    sha = repository.git.resolve(repository.default_branch if ref == "HEAD" else ref)
    if sha is None:
        raise answers.not_found("Commit")
    entry = repository.git.entry(sha, path)
    if entry is None or entry.kind != "blob":
        raise answers.not_found("File")
    shown = answers.shown(path)
    facts: dict[str, str | int | bool] = {
        "file_name": shown.rpartition("/")[2],
        "file_path": shown,
        "size": entry.size or 0,
        "encoding": "base64",
        "content_sha256": hashlib.sha256(repository.git.blob(entry.oid)).hexdigest(),
        "ref": ref,
        "blob_id": entry.oid,
        "commit_id": sha,
        "last_commit_id": repository.git.line("log", "-1", "--format=%H", sha, "--", path),
        "execute_filemode": entry.mode == "100755",
    }
    return entry, facts


def _with_headers(answer: Response, facts: dict[str, str | int | bool]) -> Response:
    for name, value in facts.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        header = "".join(one if one.isprintable() else f"%{ord(one):02X}" for one in text)
        answer.headers["X-Gitlab-" + name.replace("_", "-").title()] = header.encode().decode("latin-1")
    return answer


def _blob_size(repository: Repository, sha: str) -> int:
    is_oid = len(sha) == 40 and all(sign in "0123456789abcdef" for sign in sha)
    if not is_oid or repository.git.kind(sha) != "blob":
        raise answers.not_found("Blob")
    return int(repository.git.line("cat-file", "-s", sha))


def _send(size: int, opener: Callable[[int, int], Iterator[bytes]]) -> Response:
    is_text = b"\0" not in b"".join(opener(0, min(size, _SNIFFED)))
    kind = "text/plain; charset=utf-8" if is_text else "application/octet-stream"
    return streams.send(size, opener, honour_range=world().limits.gitlab.blob_range, content_type=kind)


def lfs_oid(repository: Repository, entry: TreeEntry) -> str | None:
    """The LFS object that a pointer names, None for any other file."""
    if entry.size is None or entry.size > 1024:
        return None
    oids = [
        line.removeprefix(b"oid sha256:").decode("ascii", "replace")
        for line in repository.git.blob(entry.oid).splitlines()
        if line.startswith(b"oid sha256:")
    ]
    return oids[0] if oids and oids[0] in repository.lfs_oids else None
