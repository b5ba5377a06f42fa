from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.reports.json import SCHEMA, render
from rules.examples import ArtifactExample, artifact_from
from rules.facts import EvidenceKind, Facts, LicenseEvidence
from rules.findings import Judgement
from rules.policy import pack_policy
from rules.runner import judge

Scenario = Callable[[str], Judgement]


def test_the_shape_is_stable(scenario: Scenario, snapshot: SnapshotAssertion) -> None:
    assert render(scenario("blocked by licence")) == snapshot


def test_the_same_judgement_gives_the_same_bytes_with_sorted_keys(scenario: Scenario) -> None:
    text = render(scenario("many findings"))
    assert text == render(scenario("many findings"))
    content = json.loads(text)
    assert content["schema"] == SCHEMA
    assert text == json.dumps(content, indent=2, sort_keys=True) + "\n"


def test_words_stand_for_severities_and_each_finding_has_its_fingerprint(scenario: Scenario) -> None:
    judgement = scenario("blocked by licence")
    content = json.loads(render(judgement))
    assert content["outcome"] == "blocked"
    assert content["findings"][0]["severity"] == "blocking"
    assert content["findings"][0]["fingerprint"] == judgement.findings[0].fingerprint
    assert content["facts"]["artifacts"][0]["evidence"][0]["kind"] == "in-artifact"
    assert content["facts"]["artifacts"][0]["detection"]["confidence"] == "certain"


def test_a_name_of_any_bytes_survives(scenario: Scenario) -> None:
    judgement = scenario("hostile names")
    assert json.loads(render(judgement))["facts"]["artifacts"][0]["path"] == judgement.facts.artifacts[0].path


def test_what_was_concluded_about_each_licence_is_told_with_its_places(judged: Callable[..., Judgement]) -> None:
    card = LicenseEvidence(EvidenceKind.MODEL_CARD, "README.md", "mit", line=2, field="license")
    text = LicenseEvidence(EvidenceKind.DIRECTORY_LICENSE, "m/LICENSE", "GPL-3.0", text_digest="ab" * 32)
    said = "The licence does not cover the weights."
    aside = LicenseEvidence(EvidenceKind.PROSE, "m/README.md", said, line=9, excludes=True)
    (conclusion,) = json.loads(render(judged((card, text, aside))))["conclusions"]
    assert conclusion == {
        "path": "m/a.safetensors",
        "expression": "MIT",
        "confidence": "certain",
        "because": "the model's card says so",
        "text_digest": None,
        "source": {"kind": "model-card", "path": "README.md", "line": 2, "field": "license"},
        "conflicts": [],
        "unrecognised": [],
        "exclusions": [
            {
                "statement": said,
                "kind": "prose",
                "path": "m/README.md",
                "line": 9,
                "field": None,
            }
        ],
    }


def test_places_that_disagree_are_told_and_lower_the_confidence(judged: Callable[..., Judgement]) -> None:
    card = LicenseEvidence(EvidenceKind.MODEL_CARD, "README.md", "mit", line=2, field="license")
    text = LicenseEvidence(EvidenceKind.DIRECTORY_LICENSE, "m/LICENSE", "GPL-3.0", text_digest="ab" * 32)
    (conclusion,) = json.loads(render(judged((card, text))))["conclusions"]
    assert (conclusion["confidence"], conclusion["because"]) == (
        "probable",
        "the model's card says so, and other places disagree",
    )
    assert [conflict["path"] for conflict in conclusion["conflicts"]] == ["m/LICENSE"]


@pytest.fixture
def judged() -> Callable[[tuple[LicenseEvidence, ...]], Judgement]:
    """The judgement on one artifact of which these places speak."""

    def judge_one(evidence: tuple[LicenseEvidence, ...]) -> Judgement:
        artifact = artifact_from(ArtifactExample(path="m/a.safetensors"))
        return judge(Facts((dataclasses.replace(artifact, evidence=evidence),), 1), pack_policy())

    return judge_one
