"""A judgement for programs: JSON with a stable shape and sorted keys, the same bytes for the same judgement."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
from collections.abc import Mapping
from typing import Any

from rules.facts import Artifact, LicenseEvidence
from rules.findings import Judgement
from rules.licenses import conclude

SCHEMA = "weighbridge/judgement/v1"
"""Name of the shape. A field may be added under one name; none is renamed or removed."""


def render(judgement: Judgement) -> str:
    """The judgement as JSON text, ending in a line break.

    The fields are those of `rules.findings.Judgement`; severities and confidences are their words, and
    each finding carries its `fingerprint`. `conclusions` holds what was concluded about the licence of each artifact,
    in their order. Bytes of a path that are not UTF-8 appear as lone surrogates.
    """
    conclusions = [_conclusion(artifact) for artifact in judgement.facts.artifacts]
    content = _plain(judgement) | {"schema": SCHEMA, "conclusions": conclusions}
    for finding, plain in zip(judgement.findings, content["findings"], strict=True):
        plain["fingerprint"] = finding.fingerprint
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=True) + "\n"


def _conclusion(artifact: Artifact) -> Any:
    """What stands in the evidence of the artifact already is told by its place alone."""
    conclusion = conclude(artifact.evidence)
    return {
        "path": artifact.path,
        "expression": conclusion.expression,
        "confidence": _plain(conclusion.confidence),
        "because": conclusion.confidence_reason,
        "text_digest": conclusion.text_digest,
        "source": _place(conclusion.source) if conclusion.source is not None else None,
        "conflicts": [{"expression": expression, **_place(evidence)} for evidence, expression in conclusion.conflicts],
        "unrecognised": [{"statement": one.statement, **_place(one)} for one in conclusion.unrecognised],
        "exclusions": [{"statement": one.statement, **_place(one)} for one in conclusion.exclusions],
    }


def _place(evidence: LicenseEvidence) -> dict[str, Any]:
    return {name: _plain(getattr(evidence, name)) for name in ("kind", "path", "line", "field")}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, enum.IntEnum):
        return value.name.lower().replace("_", "-")
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
