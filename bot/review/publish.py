"""Bring a merge request to the state a judgement asks for: one summary comment, or none, and a verdict.

Doing it twice changes nothing: what is there is compared with what should be there.
"""

from __future__ import annotations

import contextlib

from bot.forges.protocol import Comment, Forge, NotFoundError
from bot.reports.markdown import Context, all_clear, is_summary, reported_problems, summary
from bot.review.verdicts import verdict_for
from rules.facts import MergeRequest
from rules.findings import Judgement, Outcome


def publish(
    forge: Forge,
    merge_request: MergeRequest,
    judgement: Judgement,
    dashboard_url: str | None = None,
    help_url: str | None = None,
) -> None:
    """Write the comment first, so that the verdict never points at an older text. Raises ForgeError."""
    context = Context(
        file_url=lambda path, line: forge.file_url(merge_request, merge_request.head, path, line),
        dashboard_url=dashboard_url,
        help_url=help_url,
        limit=forge.capabilities.body_limit,
    )
    comments = [comment for comment in forge.own_comments(merge_request) if is_summary(comment.body)]
    for duplicate in comments[1:]:
        with contextlib.suppress(NotFoundError):
            forge.delete_comment(merge_request, duplicate)
    existing = comments[0] if comments else None
    body = _wanted(judgement, existing, context)
    comment = _bring_to(forge, merge_request, existing, body) if body is not None else None
    url = dashboard_url or (comment.url if comment else None)
    forge.set_verdict(merge_request, verdict_for(judgement, body or "", url))


def _wanted(judgement: Judgement, existing: Comment | None, context: Context) -> str | None:
    """The text the summary should have, None where there should be no comment."""
    quiet = not judgement.findings and judgement.outcome is Outcome.PASS and judgement.proposal is None
    brings_weights = bool(judgement.facts.artifacts)
    if existing is None:
        return summary(judgement, context) if brings_weights or not quiet else None
    if quiet and (reported_problems(existing.body) or not brings_weights):
        return all_clear(judgement, context)
    return summary(judgement, context)


def _bring_to(forge: Forge, merge_request: MergeRequest, existing: Comment | None, body: str) -> Comment:
    if existing is None:
        return forge.create_comment(merge_request, body)
    if _normal(existing.body) == _normal(body):
        return existing
    try:
        return forge.update_comment(merge_request, existing, body)
    except NotFoundError:  # somebody deleted it between our look and our write
        return forge.create_comment(merge_request, body)


def _normal(body: str) -> str:
    """A body as forges give it back: they may change line ends and trim."""
    return body.replace("\r\n", "\n").strip()
