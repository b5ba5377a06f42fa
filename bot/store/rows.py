"""Rows to records."""

from __future__ import annotations

import json

from bot.store.models import ArtifactRow, DeliveryRow, FlagRow, MergeRequestRow
from bot.store.records import ArtifactRecord, Delivery, DeliveryState, FlagRecord, FlagState, Look, MergeRequestRecord


def delivery_of(row: DeliveryRow) -> Delivery:
    """The record of a delivery."""
    return Delivery(
        id=row.id,
        forge=row.forge,
        event=row.event,
        state=DeliveryState(row.state),
        received_at=row.received_at,
        remark=row.remark,
        work=json.loads(row.work) if row.work is not None else None,
        merge_request_key=row.merge_request_key,
        finished_at=row.finished_at,
    )


def merge_request_of(row: MergeRequestRow) -> MergeRequestRecord:
    """The record of a merge request."""
    return MergeRequestRecord(
        key=row.key,
        forge=row.forge,
        host=row.host,
        repository=row.repository,
        number=row.number,
        title=row.title,
        author=row.author,
        url=row.url,
        target_branch=row.target_branch,
        head=row.head,
        state=row.state,
        outcome=row.outcome,
        policy=row.policy,
        judged_at=row.judged_at,
        open_flags=row.open_flags,
    )


def flag_of(row: FlagRow) -> FlagRecord:
    """The record of a flag, with its merge request."""
    return FlagRecord(
        id=row.id,
        rule=row.rule,
        severity=row.severity,
        path=row.path,
        title=row.title,
        state=FlagState(row.state),
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        reopened=row.reopened,
        merge_request=merge_request_of(row.merge_request),
        on_repository=row.on_repository,
    )


def artifact_of(row: ArtifactRow) -> ArtifactRecord:
    """The record of an artifact."""
    return ArtifactRecord(
        path=row.path,
        format=row.format,
        confidence=row.confidence,
        size=row.size,
        parameters=row.parameters,
        sha256=row.sha256,
        license=row.license,
        loading=row.loading,
        looked_at=row.looked_at,
        look=Look(row.look) if row.look is not None else None,
        look_remark=row.look_remark or "",
    )
