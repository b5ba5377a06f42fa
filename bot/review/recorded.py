"""Artifacts as a kept judgement tells them: enough of each to find it again and to judge its licence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rules.facts import (
    Artifact,
    ChangeStatus,
    Confidence,
    Detection,
    EvidenceKind,
    LicenseEvidence,
    LicenseStatement,
    LoadingSafety,
    LoadingVerdict,
    Part,
)


def recorded_artifacts(judgement: str) -> Mapping[str, Artifact]:
    """The artifacts of a judgement in JSON (`bot.reports.json`) by path, without pointers and surroundings.

    Raises ValueError where another version wrote what this one does not understand.
    """
    try:
        rows = json.loads(judgement)["facts"]["artifacts"]
        return {row["path"]: _artifact(row) for row in rows}
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"what was recorded has another shape ({error})") from error


def _artifact(row: Mapping[str, Any]) -> Artifact:
    return Artifact(
        path=row["path"],
        status=ChangeStatus.ADDED,
        detection=_detection(row["detection"]),
        size=row["size"],
        size_in_git=row["size_in_git"],
        oid=row["oid"],
        sha256=row["sha256"],
        evidence=tuple(_evidence(one) for one in row["evidence"]),
        parts=tuple(
            Part(one["path"], one["size"], one["size_in_git"], one["oid"], one["sha256"]) for one in row["parts"]
        ),
    )


def _detection(row: Mapping[str, Any]) -> Detection:
    return Detection(
        format=row["format"],
        title=row["title"],
        is_weight=row["is_weight"],
        confidence=Confidence[row["confidence"].upper()],
        loading=LoadingVerdict(LoadingSafety(row["loading"]["safety"]), tuple(row["loading"]["reasons"])),
        parameters=row["parameters"],
        licenses=tuple(LicenseStatement(one["field"], one["text"]) for one in row["licenses"]),
    )


def _evidence(row: Mapping[str, Any]) -> LicenseEvidence:
    return LicenseEvidence(
        kind=EvidenceKind[row["kind"].upper().replace("-", "_")],
        path=row["path"],
        statement=row["statement"],
        line=row["line"],
        field=row["field"],
        name=row["name"],
        link=row["link"],
        text_digest=row["text_digest"],
        excludes=row.get("excludes", False),
    )
