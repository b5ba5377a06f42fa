"""Git objects and files: trees, blobs, commits, contents, raw files, and those behind LFS pointers."""

from __future__ import annotations

from urllib.parse import unquote

from flask import Blueprint, Response, jsonify, request

from bot.sandbox import streams
from bot.sandbox.current import world
from bot.sandbox.forgejo import answers, credentials
from bot.sandbox.forgejo.shapes import commits, files
from bot.sandbox.git import TreeEntry
from bot.sandbox.gitlab.routing import raw_path
from bot.sandbox.model import Repository

routes = Blueprint("forgejo_git", __name__)

POINTER_BYTES = 1024
"""Bytes above which a blob is no LFS pointer (git-lfs specification)."""


@routes.get("/repos/<owner>/<name>/git/trees/<sha>")
def get_tree(owner: str, name: str, sha: str) -> Response:
    """A page of a tree; `truncated` says that it has more than one page, on each of them."""
    repository = credentials.readable(owner, name)
    tree = repository.git.object_id(f"{sha}^{{tree}}")
    if tree is None:
        raise answers.ApiError(400, f"sha not found [{sha}]")
    rows = repository.git.tree(tree, recursive=request.args.get("recursive", "").lower() in ("1", "true"))
    largest = world().limits.forgejo.tree_page
    size = min(answers.number("per_page", largest) or largest, largest)
    here = max(1, answers.number("page", 1))
    answer = jsonify(
        {
            "sha": tree,
            "url": f"{answers.url_of(world())}/repos/{repository.full_name}/git/trees/{tree}",
            "tree": [files.tree_entry(world(), repository, row) for row in rows[(here - 1) * size : here * size]],
            "truncated": len(rows) > size,
            "page": here,
            "total_count": len(rows),
        }
    )
    answer.headers["X-Total-Count"] = str(len(rows))
    return answer


@routes.get("/repos/<owner>/<name>/git/blobs")
def get_blobs(owner: str, name: str) -> Response:
    """Several blobs at once, by `shas`."""
    repository = credentials.readable(owner, name)
    if not world().limits.forgejo.many_blobs:
        raise answers.not_found()
    return jsonify([_blob(repository, sha) for sha in request.args.get("shas", "").split(",")])


@routes.get("/repos/<owner>/<name>/git/blobs/<sha>")
def get_blob(owner: str, name: str, sha: str) -> Response:
    """A blob as base64 in JSON."""
    return jsonify(_blob(credentials.readable(owner, name), sha))


def _blob(repository: Repository, sha: str) -> dict[str, object]:
    is_oid = len(sha) == 40 and all(sign in "0123456789abcdef" for sign in sha)
    if not is_oid or repository.git.kind(sha) != "blob":
        raise answers.ApiError(400, f"object does not exist [id: {sha}, rel_path: ]")
    return files.blob(world(), repository, sha, world().limits.forgejo.blob_bytes)


@routes.get("/repos/<owner>/<name>/git/commits/<sha>.diff")
def get_commit_diff(owner: str, name: str, sha: str) -> Response:
    """What a commit changes from its first parent; of a first commit, with its message before it."""
    repository = credentials.readable(owner, name)
    commit = _commit(repository, sha)
    parents = repository.git.read_commit(commit).parents
    return diff_between(repository, parents[0] if parents else None, commit)


@routes.get("/repos/<owner>/<name>/git/commits/<sha>")
def get_commit(owner: str, name: str, sha: str) -> Response:
    """A commit."""
    repository = credentials.readable(owner, name)
    return jsonify(commits.commit(world(), repository, _commit(repository, sha)))


@routes.get("/repos/<owner>/<name>/contents/<anything:_>")
def get_contents(owner: str, name: str, _: str) -> Response:
    """A file with its content, or the entries of a directory."""
    repository, commit, path = _asked(owner, name)
    if path:
        entry = repository.git.entry(commit, path)
        if entry is None:
            raise answers.not_found()
        if entry.kind != "tree":
            return jsonify(files.contents(world(), repository, commit, entry, listed=False))
    rows = repository.git.tree(commit, path=path)
    return jsonify([files.contents(world(), repository, commit, row, listed=True) for row in rows])


@routes.get("/repos/<owner>/<name>/raw/<anything:_>")
def get_raw(owner: str, name: str, _: str) -> Response:
    """The bytes of a file; of a pointer, the pointer."""
    repository, commit, path = _asked(owner, name)
    entry = _file(repository, commit, path)
    return _served(repository, entry)


@routes.get("/repos/<owner>/<name>/media/<anything:_>")
def get_media(owner: str, name: str, _: str) -> Response:
    """The bytes of a file; of a pointer, the object it stands for where that is there."""
    repository, commit, path = _asked(owner, name)
    entry = _file(repository, commit, path)
    oid = _lfs_oid(repository, entry)
    if oid is None:
        return _served(repository, entry)
    store = world().lfs
    return streams.send(store.size(oid), streams.from_file(store.path(oid)), honour_range=True)


def diff_between(repository: Repository, before: str | None, after: str) -> Response:
    """Git's own words for what differs; Forgejo's git does not quote names for their letters."""
    between = ("show", after) if before is None else ("diff", "-p", before, after)
    return Response(repository.git.run("-c", "core.quotePath=false", *between), content_type="text/plain")


def _served(repository: Repository, entry: TreeEntry) -> Response:
    opener = repository.git.open_blob(entry.oid)
    answer = streams.send(entry.size or 0, opener, honour_range=world().limits.forgejo.blob_range)
    kind = "symlink" if entry.mode == "120000" else "file"
    answer.headers["X-Forgejo-Object-Type"] = answer.headers["X-Gitea-Object-Type"] = kind
    return answer


def _asked(owner: str, name: str) -> tuple[Repository, str, str]:
    """The repository, the commit of `ref`, and the path as it was sent: names may hold any byte."""
    repository = credentials.readable(owner, name)
    commit = repository.git.resolve(request.args.get("ref") or repository.default_branch)
    if commit is None:
        raise answers.not_found()
    rest = raw_path().split("/", 7)
    return repository, commit, unquote(rest[7], errors="surrogateescape").strip("/") if len(rest) > 7 else ""


def _file(repository: Repository, commit: str, path: str) -> TreeEntry:
    entry = repository.git.entry(commit, path) if path else None
    if entry is None or entry.kind != "blob":
        raise answers.not_found()
    return entry


def _commit(repository: Repository, sha: str) -> str:
    found = repository.git.resolve(sha)
    if found is None:
        raise answers.not_found()
    return found


def _lfs_oid(repository: Repository, entry: TreeEntry) -> str | None:
    if (entry.size or 0) > POINTER_BYTES:
        return None
    for line in repository.git.blob(entry.oid).splitlines():
        oid = line.removeprefix(b"oid sha256:").decode("ascii", "replace")
        if line.startswith(b"oid sha256:") and oid in repository.lfs_oids:
            return oid
    return None
