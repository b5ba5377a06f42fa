"""Stories about weights that lie in a repository while the licence around them changes."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from rules.facts import Admission, Artifact, EvidenceKind, LicenseEvidence
from rules.findings import Finding, Severity
from rules.policy import load_policy

Find = Callable[..., Finding | None]
Make = Callable[..., Artifact]
Say = Callable[..., LicenseEvidence]

CARD = {"line": 2, "field": "license"}


@pytest.fixture
def standing(artifact: Make, evidence: Say) -> Callable[..., Artifact]:
    """Weights that were admitted under Apache-2.0 by their card, with what is stated now."""

    def make(*stated: LicenseEvidence, kind: EvidenceKind = EvidenceKind.MODEL_CARD) -> Artifact:
        then = evidence(kind, "apache-2.0", **CARD)
        day = datetime.date(2026, 3, 9)
        return artifact(
            evidence=stated, admission=Admission("Apache-2.0", then, "https://forge.example/lab/voices/pull/3", day)
        )

    return make


def test_a_card_that_now_forbids_commercial_use_blocks_and_tells_then_and_now(
    finding_of: Find, standing: Make, evidence: Say
) -> None:
    finding = finding_of("license-drift", standing(evidence(EvidenceKind.MODEL_CARD, "cc-by-nc-4.0", **CARD)))
    assert finding is not None
    assert finding.severity is Severity.BLOCKING
    assert finding.title == (
        "The licence changed from `Apache-2.0` to `CC-BY-NC-4.0` after these weights were admitted"
    )
    assert finding.why == (
        "They were admitted under `Apache-2.0`, stated in `models/README.md`, line 2 (`license`), by "
        "[the merge request](https://forge.example/lab/voices/pull/3) of 2026-03-09. Now `CC-BY-NC-4.0` is stated, in "
        "`models/README.md`, line 2 (`license`), which the policy does not accept."
    )
    assert finding.remedy.commands[0].endswith(
        "'SPDX-License-Identifier: Apache-2.0' > models/voice.safetensors.license"
    )
    assert finding.citation is not None


def test_another_licence_that_the_policy_accepts_is_only_told(finding_of: Find, standing: Make, evidence: Say) -> None:
    finding = finding_of("license-drift", standing(evidence(EvidenceKind.MODEL_CARD, "mit", **CARD)))
    assert finding is not None
    assert finding.severity is Severity.INFO
    assert "which the policy accepts" in finding.why


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ((), "Now no place states a licence."),
        (({"statement": "our own terms"},), "says `our own terms`, which names no known licence"),
    ],
)
def test_a_licence_that_is_stated_no_more_is_a_warning(
    finding_of: Find, standing: Make, evidence: Say, stated: tuple[dict[str, Any], ...], words: str
) -> None:
    cards = [evidence(EvidenceKind.MODEL_CARD, **one) for one in stated]
    finding = finding_of("license-drift", standing(*cards))
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert words in finding.why


def test_the_same_licence_from_another_place_or_in_another_spelling_is_no_drift(
    finding_of: Find, standing: Make, evidence: Say
) -> None:
    for kind, words in ((EvidenceKind.SIDECAR, "Apache-2.0"), (EvidenceKind.MODEL_CARD, "Apache License 2.0")):
        assert finding_of("license-drift", standing(evidence(kind, words))) is None


def test_where_the_licence_was_written_beside_the_file_no_second_file_is_advised(
    finding_of: Find, standing: Make, evidence: Say
) -> None:
    finding = finding_of("license-drift", standing(kind=EvidenceKind.SIDECAR))
    assert finding is not None
    assert finding.remedy.commands == ()
    assert "write `Apache-2.0` into `models/voice.safetensors.license`." in finding.remedy.steps[0]


def test_a_merge_request_knows_no_drift_and_a_policy_weighs_its_cases(
    finding_of: Find, artifact: Make, standing: Make, evidence: Say
) -> None:
    card = evidence(EvidenceKind.MODEL_CARD, "cc-by-nc-4.0", **CARD)
    assert finding_of("license-drift", artifact(evidence=(card,))) is None
    policy = load_policy(b"version: 1\nrules: {license-drift: {cases: {refused: info}}}\n", name="p")
    finding = finding_of("license-drift", standing(card), policy=policy)
    assert finding is not None
    assert finding.severity is Severity.INFO
