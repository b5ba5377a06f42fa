"""Facts to judge: an ordinary artifact, of which a test changes what its story is about."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from rules.facts import (
    Artifact,
    ChangeStatus,
    Confidence,
    Detection,
    EvidenceKind,
    Facts,
    LicenseEvidence,
    LoadingSafety,
    LoadingVerdict,
    NotExamined,
    Pointer,
)
from rules.findings import Finding, Judgement
from rules.policy import Policy, pack_policy
from rules.runner import judge

# A test is not failed for the time it takes: on a busy machine that says nothing about the rules.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

MIB = 1024**2

SAFE = LoadingVerdict(LoadingSafety.SAFE)


def _evidence(kind: EvidenceKind, statement: str, **other: Any) -> LicenseEvidence:
    paths = {
        EvidenceKind.MODEL_CARD: "models/README.md",
        EvidenceKind.SIDECAR: "models/voice.safetensors.license",
        EvidenceKind.DIRECTORY_LICENSE: "models/LICENSE",
        EvidenceKind.REPOSITORY_LICENSE: "LICENSE",
    }
    return LicenseEvidence(
        **{"kind": kind, "path": paths.get(kind, "models/voice.safetensors"), "statement": statement} | other
    )


def _artifact(path: str = "models/voice.safetensors", **changes: Any) -> Artifact:
    detection = {
        "format": "safetensors",
        "title": "safetensors",
        "is_weight": True,
        "confidence": Confidence.CERTAIN,
        "loading": SAFE,
        "parameters": 7_200_000,
    }
    detection |= {key: changes.pop(key) for key in list(changes) if key in detection}
    size = changes.pop("size", MIB)
    in_lfs = changes.pop("in_lfs", False)
    return Artifact(
        **{
            "path": path,
            "status": ChangeStatus.ADDED,
            "detection": Detection(**detection),
            "size": size,
            "size_in_git": 130 if in_lfs else size,
            "oid": hashlib.sha1(path.encode("utf-8", "surrogateescape")).hexdigest(),
            "pointer": Pointer("git-lfs", "sha256", "ab" * 32, size) if in_lfs else None,
            "evidence": (_evidence(EvidenceKind.IN_ARTIFACT, "Apache-2.0", field="license"),),
        }
        | changes
    )


@pytest.fixture
def artifact() -> Callable[..., Artifact]:
    """Make an artifact: by default a small safetensors file that says it is under Apache-2.0."""
    return _artifact


@pytest.fixture
def evidence() -> Callable[..., LicenseEvidence]:
    """Make a piece of licence evidence at the usual place of its kind."""
    return _evidence


@pytest.fixture
def guix() -> Policy:
    return pack_policy("guix")


@pytest.fixture
def judged(guix: Policy) -> Callable[..., Judgement]:
    """Judge artifacts, by the pack guix unless told otherwise."""

    def judge_artifacts(
        *artifacts: Artifact, policy: Policy | None = None, not_examined: tuple[NotExamined, ...] = (), **facts: Any
    ) -> Judgement:
        return judge(Facts(artifacts, len(artifacts), not_examined, **facts), policy or guix)

    return judge_artifacts


@pytest.fixture
def finding_of(judged: Callable[..., Judgement]) -> Callable[..., Finding | None]:
    """The finding of one rule on an artifact, None where the rule is content."""

    def find(rule: str, *artifacts: Artifact, **options: Any) -> Finding | None:
        found = [finding for finding in judged(*artifacts, **options).findings if finding.rule == rule]
        assert len(found) <= 1
        return found[0] if found else None

    return find
