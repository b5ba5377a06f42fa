"""The verdict on GitHub: a check run of an App, or the commit status of an account."""

from __future__ import annotations

from datetime import UTC, datetime

from github.GithubObject import NotSet
from github.Repository import Repository

from bot.forges.protocol import Verdict, VerdictState

NAME = "weighbridge"
SUMMARY_LIMIT = 65_535
"""Characters of a check run's summary ("Create a check run")."""
DESCRIPTION_LIMIT = 140
"""Characters of a commit status' description."""

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


def set_status(repository: Repository, head: str, verdict: Verdict) -> None:
    """Post a commit status, unless the newest of our name says the same already."""
    commit = repository.get_commit(head)
    description = _cut(verdict.title, DESCRIPTION_LIMIT)
    wanted = (_STATES[verdict.state], description, verdict.url)
    for status in commit.get_combined_status().statuses:
        if status.context == NAME and (status.state, status.description, status.target_url) == wanted:
            return
    commit.create_status(
        state=wanted[0], description=description, context=NAME, target_url=verdict.url if verdict.url else NotSet
    )


def set_check_run(repository: Repository, head: str, verdict: Verdict) -> None:
    """Create the check run of our name on a commit, or bring the one that is there to this verdict."""
    output: dict[str, str | list[dict[str, str | int]]] = {
        "title": _cut(verdict.title, DESCRIPTION_LIMIT),
        "summary": _cut(verdict.summary or verdict.title, SUMMARY_LIMIT),
    }
    pending = verdict.state is VerdictState.PENDING
    status = "in_progress" if pending else "completed"
    conclusion = NotSet if pending else _CONCLUSIONS[verdict.state]
    completed = NotSet if pending else datetime.now(UTC)
    details_url = verdict.url if verdict.url else NotSet
    existing = next(iter(repository.get_commit(head).get_check_runs(check_name=NAME)), None)
    if existing is None:
        repository.create_check_run(
            NAME,
            head,
            details_url=details_url,
            status=status,
            conclusion=conclusion,
            completed_at=completed,
            output=output,
        )
        return
    same = (existing.status, existing.conclusion, existing.output.title, existing.output.summary)
    if same == (status, None if pending else conclusion, output["title"], output["summary"]):
        return
    existing.edit(details_url=details_url, status=status, conclusion=conclusion, completed_at=completed, output=output)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
