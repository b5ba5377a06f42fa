"""Pages for people: the list of merge requests, and each of them with what was said on it."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from flask import Blueprint, Response, abort, render_template
from markupsafe import Markup

from bot.sandbox import streams
from bot.sandbox.current import world
from bot.sandbox.diff import changed_files
from bot.sandbox.markdown import to_html
from bot.sandbox.model import Forge, MergeRequest, Repository
from bot.sandbox.world import World

SHOWN_FILES = 300
"""Changed files on a page; the rest is counted."""
SNIFFED_BYTES = 8_000
"""What decides on text or binary: no zero byte in here, which is git's own test (xdiff-interface.c)."""

_FOLDER = Path(__file__).parent / "templates"
_STYLE = (_FOLDER / "sandbox" / "style.css").read_text()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "style-src-attr 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PARTS = {Forge.GITHUB: "pull", Forge.GITLAB: "-/merge_requests", Forge.FORGEJO: "pulls"}
_LETTERS = {"A": "added", "M": "changed", "D": "deleted", "R": "renamed", "C": "copied", "T": "retyped"}
_GOOD = {"success", "neutral", "skipped"}
_BAD = {"failure", "failed", "error", "cancelled", "canceled", "timed_out", "action_required"}

blueprint = Blueprint("pages", __name__, template_folder="templates")


def address(of: World, merge_request: MergeRequest) -> str:
    """Address of a merge request's page, which is the one that its forge would use."""
    repository = of.repository(merge_request.repository_id)
    return f"{of.url}/{repository.full_name}/{_PARTS[repository.forge]}/{merge_request.number}"


@blueprint.after_request
def protect(response: Response) -> Response:
    """Let a page load nothing and run nothing: what is on it was written by strangers."""
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.get("/")
def index() -> str:
    """Every merge request, the newest first."""
    rows = [
        {"mr": one, "repository": world().repository(one.repository_id), "url": address(world(), one)}
        for one in reversed(world().merge_requests.values())
    ]
    return render_template("sandbox/index.html", rows=rows, style=Markup(_STYLE))  # noqa: S704 -- our own file


@blueprint.get("/<path:full_name>/pull/<int:number>")
@blueprint.get("/<path:full_name>/pulls/<int:number>")
@blueprint.get("/<path:full_name>/-/merge_requests/<int:number>")
def merge_request(full_name: str, number: int) -> str:
    """One merge request."""
    repository = world().find_repository(full_name)
    found = world().find_merge_request(repository, number) if repository else None
    if repository is None or found is None:
        abort(404)
    files = changed_files(repository.git, found.base, found.head)
    source = world().repositories.get(found.source_repository_id or 0)
    return render_template(
        "sandbox/merge_request.html",
        mr=found,
        repository=repository,
        source=source,
        files=files[:SHOWN_FILES],
        more_files=max(0, len(files) - SHOWN_FILES),
        letters=_LETTERS,
        verdicts=_verdicts(repository, found.head),
        notes=world().conversation.of(found),
        markdown=to_html,
        style=Markup(_STYLE),  # noqa: S704 -- our own file
    )


@blueprint.get("/<path:full_name>/blob/<sha>/<path:path>")
@blueprint.get("/<path:full_name>/src/commit/<sha>/<path:path>")
@blueprint.get("/<path:full_name>/-/blob/<sha>/<path:path>")
def file(full_name: str, sha: str, path: str) -> Response:
    """A file at a commit: text to read, anything else to save."""
    repository = world().find_repository(full_name)
    commit = repository.git.resolve(sha) if repository else None
    entry = repository.git.entry(commit, path) if repository and commit else None
    if repository is None or entry is None or entry.kind != "blob" or entry.size is None:
        abort(404)
    opener = repository.git.open_blob(entry.oid)
    is_text = b"\0" not in b"".join(opener(0, SNIFFED_BYTES))
    kind = "text/plain; charset=utf-8" if is_text else "application/octet-stream"
    return streams.send(entry.size, opener, honour_range=False, content_type=kind)


def _verdicts(repository: Repository, sha: str) -> list[dict[str, str]]:
    rows = [
        {
            "name": one.context,
            "state": one.state,
            "title": one.description or "",
            "text": "",
            "url": one.target_url or "",
        }
        for one in world().verdicts.newest_statuses(repository, sha)
    ]
    rows += [
        {
            "name": run.name,
            "state": run.conclusion or run.status,
            "title": run.title or "",
            "text": run.summary or "",
            "url": run.details_url or "",
        }
        for run in world().verdicts.check_runs_of(repository, sha)
    ]
    return [
        row | {"colour": "good" if row["state"] in _GOOD else "bad" if row["state"] in _BAD else "open"} for row in rows
    ]
