from __future__ import annotations

import json
from collections.abc import Callable

from syrupy.assertion import SnapshotAssertion

from bot.reports.json import SCHEMA, render
from rules.findings import Judgement

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
