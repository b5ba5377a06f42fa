"""The verdict on GitHub: a check run of an App, or the commit status of an account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from github.CheckRun import CheckRun
from github.Commit import Commit
from github.GithubObject import NotSet
from github.Repository import Repository

from bot.forges.protocol import Annotation, Verdict, VerdictState

SUMMARY_LIMIT = 65_535
"""Characters of a check run's summary ("Create a check run")."""
DESCRIPTION_LIMIT = 140
"""Characters of a commit status' description."""
ANNOTATIONS_AT_ONCE = 50
"""Annotations that one request may carry ("Update a check run"); those of further requests are added."""
_PAGE = 100
ANNOTATIONS_LIMIT = 200
"""Annotations of one verdict: four requests. The summary tells the rest."""
RECHECK = {
    "label": "Re-check",
    "description": "Judge this commit again",
    "identifier": "recheck",
}
"""The button below the check run; GitHub allows 20, 40 and 20 characters."""

_CONCLUSIONS = {
    VerdictState.SUCCESS: "success",
    VerdictState.FAILURE: "failure",
    VerdictState.NEUTRAL: "neutral",
}
# A commit status has no neutral: docs/decisions/0005 says why `pending` stands for it.
_STATES = {
    VerdictState.PENDING: "pending",
    VerdictState.SUCCESS: "success",
    VerdictState.FAILURE: "failure",
    VerdictState.NEUTRAL: "pending",
}


def set_status(repository: Repository, head: str, verdict: Verdict, me: str, *, first: bool) -> None:
    """Post a commit status, unless the newest of this name is ours and says the same already."""
    description = _cut(verdict.title, DESCRIPTION_LIMIT)
    wanted = (_STATES[verdict.state], description, verdict.url)
    if not first and _stands(repository, head, verdict.name, me, wanted):
        return
    _commit(repository, head).create_status(
        state=wanted[0],
        description=description,
        context=verdict.name,
        target_url=verdict.url if verdict.url else NotSet,
    )


def set_check_run(repository: Repository, head: str, verdict: Verdict, app_id: int, *, first: bool) -> None:
    """Create a check run, unless the newest of this name is our App's and says the same already.

    A finished one is followed by a new one: GitHub would keep the annotations of the old text.
    """
    existing = None if first else _newest(repository, head, verdict.name, app_id)
    output = _output(verdict)
    pending = verdict.state is VerdictState.PENDING
    status = "in_progress" if pending else "completed"
    conclusion = None if pending else _CONCLUSIONS[verdict.state]
    if existing is not None:
        said = (existing.status, existing.conclusion, existing.output.title, existing.output.summary)
        if said == (status, conclusion, output["title"], output["summary"]):
            return
    told = verdict.annotations[:ANNOTATIONS_LIMIT]
    said_of_it: dict[str, Any] = {
        "details_url": verdict.url if verdict.url else NotSet,
        "status": status,
        "conclusion": conclusion or NotSet,
        "completed_at": NotSet if pending else datetime.now(UTC),
        "output": output | _annotations(told[:ANNOTATIONS_AT_ONCE]),
        "actions": [RECHECK],
    }
    if existing is not None and existing.status != "completed":
        existing.edit(**said_of_it)
        run = existing
    else:
        run = repository.create_check_run(verdict.name, head, **said_of_it)
    for start in range(ANNOTATIONS_AT_ONCE, len(told), ANNOTATIONS_AT_ONCE):
        run.edit(output=output | _annotations(told[start : start + ANNOTATIONS_AT_ONCE]))


def _stands(repository: Repository, head: str, name: str, me: str, wanted: tuple[str, str, str | None]) -> bool:
    # The list is the newest first, and only it says who set a status: the combined view does not. PyGithub asks for it
    # at an address that GitHub no longer describes.
    _, rows = repository.requester.requestJsonAndCheck(
        "GET", f"{repository.url}/commits/{head}/statuses", parameters={"per_page": _PAGE}
    )
    newest = next((row for row in rows if row["context"] == name), None)
    if newest is None:
        return False
    said = (newest["state"], newest["description"], newest["target_url"])
    return said == wanted and (newest.get("creator") or {}).get("login") == me


def _newest(repository: Repository, head: str, name: str, app_id: int) -> CheckRun | None:
    runs = _commit(repository, head).get_check_runs(check_name=name)
    return next((run for run in runs if run.app.id == app_id), None)


def _commit(repository: Repository, head: str) -> Commit:
    """The commit as an address to call methods on, without asking for it."""
    url = f"{repository.url}/commits/{head}"
    return Commit(repository.requester, {}, {"url": url, "sha": head}, completed=True)


def _output(verdict: Verdict) -> dict[str, Any]:
    return {
        "title": _cut(verdict.title, DESCRIPTION_LIMIT),
        "summary": _cut(verdict.summary or verdict.title, SUMMARY_LIMIT),
    }


def _annotations(annotations: Sequence[Annotation]) -> dict[str, Any]:
    rows = [
        {
            "path": annotation.path,
            "start_line": annotation.line,
            "end_line": annotation.line,
            "annotation_level": annotation.level.value,
            "title": _cut(annotation.title, 255),
            "message": _cut(annotation.message, 4_000),
        }
        for annotation in annotations
    ]
    return {"annotations": rows} if rows else {}


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
