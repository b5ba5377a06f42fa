"""From a judgement to rows: the merge request, its artifacts, and the life of its flags."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.store.models import ArtifactRow, FlagEventRow, FlagRow, MergeRequestRow
from bot.store.records import FlagState
from rules.facts import Artifact, MergeRequest
from rules.findings import Finding, Judgement
from rules.licenses import conclude


def keep(session: Session, judgement: Judgement, rendered: str, now: datetime) -> None:
    """Write a judgement of a merge request. The same judgement again changes nothing but its time."""
    merge_request = judgement.facts.merge_request
    if merge_request is None:
        raise ValueError("only the judgement of a merge request can be kept")
    row = session.scalar(select(MergeRequestRow).where(MergeRequestRow.key == merge_request.key).with_for_update())
    if row is None:
        row = MergeRequestRow(key=merge_request.key)
        session.add(row)
    _describe(row, merge_request, judgement, rendered, now)
    _follow_flags(row, judgement, merge_request.head, now)
    row.artifacts = [_artifact(artifact) for artifact in judgement.facts.artifacts]
    row.open_flags = sum(flag.state == FlagState.OPEN for flag in row.flags)


def settle(session: Session, which: ColumnElement[bool], state: str, now: datetime, *, why: str | None) -> int:
    """Merge requests are closed, merged, or their repository is gone; how many flags that closed.

    Without a reason `why` to close them, flags stay open: what was merged has them still.
    """
    count = 0
    for row in session.scalars(select(MergeRequestRow).where(which, MergeRequestRow.state != state)):
        row.state, row.settled_at = state, now
        if why is None:
            continue
        for flag in row.flags:
            if flag.state == FlagState.OPEN:
                _end(flag, FlagState.GONE, why, row.head, now)
                count += 1
        row.open_flags = 0
    return count


def _describe(
    row: MergeRequestRow, merge_request: MergeRequest, judgement: Judgement, rendered: str, now: datetime
) -> None:
    row.forge = merge_request.forge
    row.host = merge_request.host
    row.repository = merge_request.repository
    row.number = merge_request.number
    row.title = merge_request.title
    row.author = merge_request.author
    row.url = merge_request.url
    row.target_branch = merge_request.target_branch
    row.head = merge_request.head
    row.state = merge_request.state
    row.settled_at = None
    row.outcome = judgement.outcome.value
    row.policy = judgement.policy.name
    row.judged_at = now
    row.judgement = rendered


def _follow_flags(row: MergeRequestRow, judgement: Judgement, head: str, now: datetime) -> None:
    """Open what is new, reopen what came back, close what is gone."""
    digests = {artifact.path: artifact.sha256 for artifact in judgement.facts.artifacts}
    known = {flag.fingerprint: flag for flag in row.flags if not flag.on_repository}
    for finding in judgement.findings:
        flag = known.pop(finding.fingerprint, None)
        if flag is None:
            flag = FlagRow(fingerprint=finding.fingerprint, rule=finding.rule, path=finding.path, reopened=0)
            row.flags.append(flag)
            _open(flag, "opened", head, now)
        elif flag.state != FlagState.OPEN:
            flag.reopened += 1
            _open(flag, "reopened", head, now)
        elif flag.severity != finding.severity.label:
            flag.history.append(FlagEventRow(happened_at=now, what="severity changed", head=head))
        _word(flag, finding, digests.get(finding.path or ""))
    for flag in known.values():
        if flag.state == FlagState.OPEN:
            _end(flag, FlagState.FIXED, "fixed", head, now)


def _open(flag: FlagRow, what: str, head: str, now: datetime) -> None:
    flag.state = FlagState.OPEN.value
    flag.opened_at = now
    flag.closed_at = None
    flag.history.append(FlagEventRow(happened_at=now, what=what, head=head))


def _end(flag: FlagRow, state: FlagState, what: str, head: str, now: datetime) -> None:
    flag.state = state.value
    flag.closed_at = now
    flag.history.append(FlagEventRow(happened_at=now, what=what, head=head))


def _word(flag: FlagRow, finding: Finding, digest: str | None) -> None:
    flag.severity = finding.severity.label
    flag.title = finding.title
    flag.digest = digest


def _artifact(artifact: Artifact) -> ArtifactRow:
    return ArtifactRow(
        path=artifact.path,
        format=artifact.detection.format,
        confidence=artifact.detection.confidence.label,
        size=artifact.size,
        size_in_git=sum(part.size for part in artifact.files if part.pointer is None),
        size_in_store=sum(part.size for part in artifact.files if part.pointer is not None),
        parameters=artifact.detection.parameters,
        sha256=artifact.sha256,
        license=conclude(artifact.evidence).expression,
        loading=artifact.detection.loading.safety.value,
    )
