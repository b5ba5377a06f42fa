"""Git objects: trees, blobs, commits, references, comparisons."""

from __future__ import annotations

import functools

from flask import Blueprint, Response, jsonify, request

from bot.sandbox import streams
from bot.sandbox.current import world
from bot.sandbox.diff import changed_files
from bot.sandbox.github import answers, credentials
from bot.sandbox.github.shapes import commits, node_id, repositories
from bot.sandbox.model import Repository

routes = Blueprint("git_data", __name__)


@routes.get("/repos/<owner>/<name>/git/trees/<path:treeish>")
def get_tree(owner: str, name: str, treeish: str) -> Response:
    """A tree, also of a directory (`COMMIT:PATH`); `recursive` with any value takes its subtrees in."""
    repository = credentials.readable(owner, name, "contents")
    commit = repository.git.resolve(treeish)
    tree = repository.git.object_id(f"{commit}^{{tree}}" if commit else treeish)
    if tree is None or repository.git.kind(tree) != "tree":
        raise answers.not_found()
    rows = repository.git.tree(tree, recursive="recursive" in request.args)
    limit = world().limits.github.tree_entries
    shape = {
        "sha": tree,
        "url": f"{repositories.url_of(world(), repository)}/git/trees/{tree}",
        "tree": [commits.tree_entry(world(), repository, row) for row in rows[:limit]],
        "truncated": len(rows) > limit,
    }
    return jsonify(shape)


@routes.get("/repos/<owner>/<name>/git/blobs/<oid>")
def get_blob(owner: str, name: str, oid: str) -> Response:
    """A blob, as base64 in JSON or with the raw media type as bytes."""
    repository = credentials.readable(owner, name, "contents")
    if not _is_oid(oid) or repository.git.kind(oid) != "blob":
        raise answers.not_found()
    size = int(repository.git.line("cat-file", "-s", oid))
    limit = world().limits.github.blob_bytes
    if size > limit:
        detail = {"resource": "Blob", "field": "data", "code": "too_large"}
        raise answers.ApiError(403, f"This API returns blobs up to {limit // 1024**2} MB in size.", [detail])
    if answers.wants_raw():
        return send_blob(repository, oid, size)
    return jsonify(commits.blob(world(), repository, oid, repository.git.blob(oid)))


def send_blob(repository: Repository, oid: str, size: int) -> Response:
    """The bytes of a blob under the raw media type."""
    opener = repository.git.open_blob(oid)
    kind = "application/vnd.github.raw; charset=utf-8"
    return streams.send(size, opener, honour_range=world().limits.github.blob_range, content_type=kind)


@routes.get("/repos/<owner>/<name>/git/commits/<sha>")
def get_git_commit(owner: str, name: str, sha: str) -> Response:
    """A commit object."""
    repository = credentials.readable(owner, name, "contents")
    if not _is_oid(sha) or repository.git.kind(sha) != "commit":
        raise answers.not_found()
    return jsonify(commits.git_commit(world(), repository, repository.git.read_commit(sha)))


@routes.get("/repos/<owner>/<name>/git/ref/heads/<path:branch>")
def get_reference(owner: str, name: str, branch: str) -> Response:
    """A branch as a reference."""
    repository = credentials.readable(owner, name, "contents")
    sha = repository.git.branches().get(branch)
    if sha is None:
        raise answers.not_found()
    url = repositories.url_of(world(), repository)
    shape = {
        "ref": f"refs/heads/{branch}",
        "node_id": node_id("Ref", f"{repository.id}:{branch}"),
        "url": f"{url}/git/refs/heads/{branch}",
        "object": {"type": "commit", "sha": sha, "url": f"{url}/git/commits/{sha}"},
    }
    return jsonify(shape)


@routes.get("/repos/<owner>/<name>/commits/<path:ref>")
def get_commit(owner: str, name: str, ref: str) -> Response:
    """A commit by id or branch, with its files."""
    repository = credentials.readable(owner, name, "contents")
    sha = _resolved(repository, ref)
    record = repository.git.read_commit(sha)
    shape = commits.commit(world(), repository, record)
    files = changed_files(repository.git, record.parents[0], sha) if record.parents else ()
    added, deleted = sum(file.additions for file in files), sum(file.deletions for file in files)
    shape["stats"] = {"additions": added, "deletions": deleted, "total": added + deleted}
    limits = world().limits.github
    rows = files[: limits.compare_files]
    shape["files"] = [commits.diff_entry(world(), repository, sha, file, limits.patch_lines) for file in rows]
    return jsonify(shape)


@routes.get("/repos/<owner>/<name>/compare/<path:basehead>")
def compare(owner: str, name: str, basehead: str) -> Response:
    """Two commits, `base...head`; the files are those since the merge base, 300 of them, on the first page only."""
    repository = credentials.readable(owner, name, "contents")
    names = basehead.split("...")
    if len(names) != 2:
        raise answers.not_found()
    base, head = (_resolved(repository, one.rpartition(":")[2]) for one in names)
    git, limits = repository.git, world().limits.github
    middle = git.merge_base(base, head)
    if middle is None:
        raise answers.ApiError(404, f"No common ancestor between {names[0]} and {names[1]}.")
    ahead, behind = git.commits(base, head), git.commits(head, base)
    status = "identical" if base == head else "diverged" if ahead and behind else "ahead" if ahead else "behind"
    show = functools.partial(commits.commit, world(), repository)
    url, page = repositories.url_of(world(), repository), repositories.html_url_of(world(), repository)
    files = changed_files(git, middle, head)[: limits.compare_files] if request.args.get("page", "1") == "1" else ()
    around = {
        "url": f"{url}/compare/{basehead}",
        "html_url": f"{page}/compare/{basehead}",
        "permalink_url": f"{page}/compare/{base}...{head}",
        "diff_url": f"{page}/compare/{basehead}.diff",
        "patch_url": f"{page}/compare/{basehead}.patch",
        "base_commit": show(git.read_commit(base)),
        "merge_base_commit": show(git.read_commit(middle)),
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "files": [commits.diff_entry(world(), repository, head, file, limits.patch_lines) for file in files],
    }
    return answers.page(ahead, lambda sha: show(git.read_commit(sha)), lambda rows: around | {"commits": rows})


def _resolved(repository: Repository, ref: str) -> str:
    sha = repository.git.resolve(ref)
    if sha is None:
        raise answers.ApiError(422, f"No commit found for SHA: {ref}")
    return sha


def _is_oid(text: str) -> bool:
    return len(text) == 40 and all(sign in "0123456789abcdef" for sign in text)
