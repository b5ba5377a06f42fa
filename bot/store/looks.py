"""Artifacts that were admitted, and what a later look at each of them found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from bot.store.models import ArtifactRow, FlagEventRow, FlagRow, MergeRequestRow
from bot.store.records import Admitted, AdmittedArtifact, FlagState, Look, LookResult
from bot.store.rows import merge_request_of
from rules.findings import Finding

_LAST = func.coalesce(ArtifactRow.looked_at, MergeRequestRow.settled_at, MergeRequestRow.judged_at)
"""When an artifact was last looked at; it was so when it was admitted."""


def waiting(session: Session, before: datetime, limit: int, name: str | None = None) -> Sequence[str]:
    """Keys of repositories with admitted artifacts that nobody has looked at since `before`, longest first.

    With a full name only those that are called so: there may be one on each forge.
    An artifact without a licence has none that could change, and one that states it itself cannot say another.
    """
    query = (
        select(MergeRequestRow.key)
        .join(ArtifactRow, ArtifactRow.merge_request_id == MergeRequestRow.id)
        .where(MergeRequestRow.state == "merged", ArtifactRow.license.is_not(None))
        .where(or_(ArtifactRow.look.is_(None), ArtifactRow.look != Look.INSIDE))
        .where(before > _LAST)
        .group_by(MergeRequestRow.key)
        .order_by(func.min(_LAST), MergeRequestRow.key)
    )
    if name is not None:
        query = query.where(MergeRequestRow.repository == name)
    found: dict[str, None] = {}
    for key in session.scalars(query):
        found.setdefault(key.rpartition(":")[0])
        if len(found) == limit:
            break
    return list(found)


def admitted(session: Session, repository: str) -> Sequence[Admitted]:
    """The merged merge requests of a repository that brought weights under a known licence, newest first."""
    query = (
        select(MergeRequestRow)
        .where(MergeRequestRow.key.startswith(f"{repository}:", autoescape=True), MergeRequestRow.state == "merged")
        .where(MergeRequestRow.artifacts.any(ArtifactRow.license.is_not(None)))
        .options(selectinload(MergeRequestRow.artifacts))
        .order_by(func.coalesce(MergeRequestRow.settled_at, MergeRequestRow.judged_at).desc(), MergeRequestRow.id)
    )
    return [
        Admitted(
            merge_request_of(row),
            row.settled_at or row.judged_at,
            row.judgement,
            tuple(
                AdmittedArtifact(one.id, one.path, one.license, one.looked_at)
                for one in row.artifacts
                if one.license is not None
            ),
        )
        for row in session.scalars(query)
    ]


def note(session: Session, result: LookResult, now: datetime) -> None:
    """Keep what was found; open, reopen or close the artifact's flag. Idempotent.

    What could not be read leaves the flag as it is.
    """
    row = session.scalar(select(ArtifactRow).where(ArtifactRow.id == result.artifact_id).with_for_update())
    if row is None:  # its merge request was judged anew meanwhile
        return
    row.looked_at, row.look, row.look_remark = now, result.look.value, result.remark
    if result.look is Look.UNREADABLE:
        return
    merge_request = session.get_one(MergeRequestRow, row.merge_request_id)
    flag = next((one for one in merge_request.flags if one.fingerprint == result.fingerprint), None)
    if result.finding is not None:
        if flag is None:
            flag = FlagRow(fingerprint=result.fingerprint, rule=result.finding.rule, on_repository=True, reopened=0)
            merge_request.flags.append(flag)
        _open(flag, result.finding, row.sha256, result.head, now)
    elif flag is not None and flag.state == FlagState.OPEN:
        flag.state, flag.closed_at = FlagState.FIXED.value, now
        flag.history.append(FlagEventRow(happened_at=now, what="fixed", head=result.head))
    merge_request.open_flags = sum(one.state == FlagState.OPEN for one in merge_request.flags)


def _open(flag: FlagRow, finding: Finding, digest: str | None, head: str, now: datetime) -> None:
    if flag.state != FlagState.OPEN:
        what = "opened" if flag.state is None else "reopened"
        flag.reopened += what == "reopened"
        flag.state, flag.opened_at, flag.closed_at = FlagState.OPEN.value, now, None
        flag.history.append(FlagEventRow(happened_at=now, what=what, head=head))
    elif flag.severity != finding.severity.label:
        flag.history.append(FlagEventRow(happened_at=now, what="severity changed", head=head))
    flag.severity, flag.title = finding.severity.label, finding.title
    flag.path, flag.digest = finding.path, digest
