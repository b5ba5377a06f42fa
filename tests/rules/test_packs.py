"""What packs say of their guidelines, and what they make of models that people know."""

from __future__ import annotations

import pytest

from rules.cases import Case, cases, verdict
from rules.checks import all_checks
from rules.findings import Outcome
from rules.packs import pack_names
from rules.policy import pack_policy
from rules.policy_file import PackStatus
from rules.runner import judge

_OUTCOMES = {
    "Llama 3.1 8B as GGUF, without its papers": "",
    "LoRA on Llama 3.1, relabelled MIT": "",
    "Mistral 7B, Apache-2.0, nothing said of its data": "debian fedora guix organisation permissive-only",
    "OLMo 7B, Apache-2.0, with open data and its training program beside it": " ".join(pack_names()),
    "A model under OpenMDW 1.0": "fedora organisation permissive-only",
    "Whisper small, MIT, a pickle": "debian fedora guix permissive-only",
    "Argos Translate en-bg, CC-BY-4.0 (a model of LibreTranslate)": "debian fedora guix permissive-only",
    "Argos Translate en-de, no licence stated": "",
    "Stable Diffusion 1.5, CreativeML OpenRAIL-M": "organisation",
    "Stockfish NNUE, GPL-3.0, trained on games of Leela Chess Zero": "debian fedora guix organisation",
    "GNU Backgammon, GPL-3.0, computable again": "debian fedora guix guix-gcd-008 organisation osaid",
    "RNNoise, arrays in C, BSD-3-Clause only at the root": "fedora",
    "A pickle that opens a shell, MIT": "",
}
"""The packs that let a case pass."""


@pytest.mark.parametrize("pack", pack_names())
def test_every_rule_is_cited_in_a_pack_and_the_pack_carries_examples(pack: str) -> None:
    policy = pack_policy(pack)
    file = policy.layers[0].file
    assert all(entry.criterion for entry in file.rules.values())
    for rule in all_checks():
        assert all(weight.citation for weight in policy.setting(rule).weights.values())
    assert len(file.tests) >= 6
    assert {example.expect.outcome for example in file.tests} >= {"pass", "blocked"}


@pytest.mark.parametrize("pack", pack_names())
def test_a_guideline_that_is_not_in_force_says_so(pack: str) -> None:
    entry = pack_policy(pack).pack
    assert entry.note
    if entry.status is not PackStatus.OURS:
        assert any(criterion.status is not PackStatus.OURS for criterion in entry.criteria.values())
    for identifier, criterion in entry.criteria.items():
        words = ("An addition of Weighbridge: ", "Weighbridge: ")
        assert criterion.title.startswith(words) is (criterion.status is PackStatus.OURS), identifier


def test_no_rule_carries_out_what_was_withdrawn() -> None:
    for pack in pack_names():
        policy = pack_policy(pack)
        withdrawn = {name for name, one in policy.pack.criteria.items() if one.status is PackStatus.WITHDRAWN}
        assert not withdrawn & {entry.criterion for entry in policy.layers[0].file.rules.values()}


def test_there_are_twenty_cases_and_more_each_with_its_source() -> None:
    assert len(cases()) >= 20
    assert len({case.name for case in cases()}) == len(cases())


@pytest.mark.parametrize("pack", pack_names())
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_every_verdict_rests_on_criteria_with_a_source(case: Case, pack: str) -> None:
    criteria = pack_policy(pack).pack.criteria
    found = verdict(case, pack)
    assert found.decided
    for citation in (*found.decided, *found.told):
        assert citation.criterion in criteria
        assert citation.url == criteria[citation.criterion].source
    for finding in judge(case.facts, pack_policy(pack)).findings:
        assert finding.citation is not None and finding.citation.criterion in criteria


@pytest.mark.parametrize(("name", "passing"), _OUTCOMES.items(), ids=list(_OUTCOMES))
def test_the_packs_that_let_a_model_pass(name: str, passing: str) -> None:
    [case] = [case for case in cases() if case.name == name]
    assert [pack for pack in pack_names() if verdict(case, pack).outcome is Outcome.PASS] == sorted(passing.split())
