"""The verdict on GitLab: a commit status ("Commits API", set the pipeline status)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.forges.gitlab_client import GitLabClient
from bot.forges.protocol import Verdict, VerdictState
from rules.facts import MergeRequest

DESCRIPTION_LIMIT = 255
URL_LIMIT = 255
"""Characters of a commit status' description and target address."""

_STATES = {
    VerdictState.PENDING: "pending",
    VerdictState.SUCCESS: "success",
    VerdictState.FAILURE: "failed",
    # GitLab has no neutral: docs/decisions/0005.
    VerdictState.NEUTRAL: "canceled",
}


def set_status(client: GitLabClient, merge_request: MergeRequest, verdict: Verdict, me: str, *, first: bool) -> None:
    """Post a commit status, unless the newest of this name is ours and says the same already.

    Raises NotFoundError where the target project does not know the commit by a branch: a fork's, on some versions.
    """
    what = f"setting the verdict on commit {merge_request.head[:12]}"
    project, ref = f"/projects/{merge_request.repository_id}", _ref(merge_request)
    wanted = {"state": _STATES[verdict.state], "description": verdict.title[:DESCRIPTION_LIMIT]}
    if not first:
        statuses = f"{project}/repository/commits/{merge_request.head}/statuses"
        known = client.pages(what, statuses, name=verdict.name, ref=ref)
        rows = [row for row in known if row.get("name") == verdict.name and row.get("ref") == ref]
        if _stands(rows, wanted, me):
            return
    body = {**wanted, "name": verdict.name, "ref": ref}
    if verdict.url and len(verdict.url) <= URL_LIMIT:
        body["target_url"] = verdict.url
    client.send(what, "post", f"{project}/statuses/{merge_request.head}", body)


def _ref(merge_request: MergeRequest) -> str:
    if merge_request.source_repository_id == merge_request.repository_id:
        return merge_request.source_branch
    return f"refs/merge-requests/{merge_request.number}/head"


def _stands(rows: Sequence[Mapping[str, Any]], wanted: Mapping[str, str], me: str) -> bool:
    """True where the newest status says this already. What is posted as `state` is told as `status`.

    A pending one stays as it is, whatever it says and whoever set it: GitLab refuses the same state a second time
    with 400.
    """
    if not rows:
        return False
    newest = max(rows, key=lambda row: int(row["id"]))
    if newest.get("status") != wanted["state"]:
        return False
    if wanted["state"] == "pending":
        return True
    ours = (newest.get("author") or {}).get("username") == me
    return ours and newest.get("description") == wanted["description"]
