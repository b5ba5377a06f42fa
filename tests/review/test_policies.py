"""Which policy rules: the target branch's, its organisation's, the last good one; and what a new one would decide."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.forges.protocol import ForgeError, RefusedError, UnavailableError
from bot.review import organisations
from rules.facts import Growth
from rules.findings import Outcome
from rules.policy import pack_policy

MODEL = "m/model.safetensors"
POLICY = ".weighbridge.yml"
ACCEPTS_NOTHING = b"version: 1\nlicenses: {inherit: false, accept: [mit]}\n"
OBSERVES = b"version: 1\nmode: observe\n"


def policy_of(desk: Any) -> Any:
    return desk.recorded[-1].policy


@pytest.fixture
def with_card(desk: Any, weights: bytes, card: bytes) -> Any:
    desk.forge.files = {MODEL: weights, "m/README.md": card}
    return desk


# What a policy is made of


def test_a_file_that_the_policy_extends_by_path_is_read_at_the_same_commit(with_card: Any) -> None:
    with_card.forge.base_files = {
        POLICY: b"version: 1\nextends: policies/house.yml\n",
        "policies/house.yml": ACCEPTS_NOTHING,
    }
    assert with_card.reviewer.review(with_card.request).outcome is Outcome.BLOCKED
    assert policy_of(with_card).stack[0] == "policies/house.yml"
    assert "built on `policies/house.yml` and the pack" in with_card.comment


@pytest.mark.parametrize(
    "path", ["../../other/private/contents/house.yml", "/etc/house.yml", "a//house.yml", "./../a.yml"]
)
def test_no_path_of_a_policy_leads_out_of_the_repository(with_card: Any, path: str) -> None:
    with_card.forge.base_files = {POLICY: f"version: 1\nextends: [{path}]\n".encode(), path: OBSERVES}
    with_card.reviewer.review(with_card.request)
    assert with_card.forge.calls.count("read_file") == 2, "the policy and the baseline"
    assert "is not in this repository" in with_card.comment


def test_what_the_baseline_holds_is_not_judged(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    oid = desk.forge.tree(None).entry(MODEL).oid
    row = {"oid": oid, "path": MODEL}
    baseline = json.dumps({"schema": "weighbridge/baseline/v1", "weights": [row]}).encode()
    desk.forge.base_files = {".weighbridge-baseline.json": baseline}
    assert desk.reviewer.review(desk.request).outcome is Outcome.PASS
    assert "was here before the policy" in desk.comment


def test_a_baseline_in_the_merge_request_itself_lets_nothing_in(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights, ".weighbridge-baseline.json": b"{}"}
    assert desk.reviewer.review(desk.request).outcome is Outcome.BLOCKED
    assert "changes `.weighbridge-baseline.json`; the version on the target branch counts" in desk.comment


def test_a_broken_baseline_lets_nothing_in_and_is_told(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    desk.forge.base_files = {".weighbridge-baseline.json": b"[]"}
    assert desk.reviewer.review(desk.request).outcome is Outcome.BLOCKED
    assert "The baseline could not be used, so all weights are judged" in desk.comment


def test_a_waiver_holds_until_its_day(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    waiver = "version: 1\nwaivers: [{{rule: license-missing, path: 'm/*', until: {}, reason: asked upstream}}]\n"
    desk.forge.base_files = {POLICY: waiver.format("2026-11-20").encode()}
    assert desk.reviewer.review(desk.request).outcome is Outcome.PASS
    assert "asked upstream" in desk.comment
    desk.forge.base_files = {POLICY: waiver.format("2026-11-19").encode()}
    assert desk.reviewer.review(desk.request).outcome is Outcome.BLOCKED


# The organisation


def test_the_organisations_policy_rules_where_a_repository_has_none(with_card: Any) -> None:
    with_card.forge.others = {"lab/.weighbridge": {POLICY: ACCEPTS_NOTHING}}
    assert with_card.reviewer.review(with_card.request).outcome is Outcome.BLOCKED
    assert policy_of(with_card).name == "lab/.weighbridge"
    assert policy_of(with_card).commit == "c" * 40
    assert "`lab/.weighbridge`](https://github.example/lab/.weighbridge/blob/" in with_card.comment
    assert "on `main`" not in with_card.comment.partition("Judged by")[2].partition("built on")[0]
    [finding] = [one for one in with_card.recorded[-1].findings if one.rule == "license-not-accepted"]
    assert finding.severity.label == "blocking"


def test_a_repository_goes_before_its_organisation_and_not_where_that_keeps_a_key(with_card: Any) -> None:
    with_card.forge.base_files = {POLICY: b"version: 1\nmode: enforce\nlicenses: {accept: [apache-2.0]}\n"}
    with_card.forge.others = {"lab/.weighbridge": {POLICY: ACCEPTS_NOTHING + b"mode: observe\nlocked: [mode]\n"}}
    assert with_card.reviewer.review(with_card.request).outcome is Outcome.PASS
    assert policy_of(with_card).stack[0] == "lab/.weighbridge"
    assert "`lab/.weighbridge` keeps that to itself" in with_card.comment


def test_an_organisations_rule_is_cited_as_its_own(desk: Any, weights: bytes) -> None:
    desk.forge.files = {MODEL: weights}
    rule = b"version: 1\nrules: {license-missing: warning}\n"
    desk.forge.others = {"lab/.weighbridge": {POLICY: rule}}
    desk.reviewer.review(desk.request)
    [finding] = [one for one in desk.recorded[-1].findings if one.rule == "license-missing"]
    assert finding.citation.note == "The rule of the organisation lab."


def test_an_organisation_may_build_on_files_of_its_own(with_card: Any) -> None:
    files = {POLICY: b"version: 1\nextends: strict/all.yml\n", "strict/all.yml": ACCEPTS_NOTHING}
    with_card.forge.others = {"lab/.weighbridge": files}
    assert with_card.reviewer.review(with_card.request).outcome is Outcome.BLOCKED
    assert policy_of(with_card).stack[0] == "strict/all.yml"


def test_an_organisation_is_asked_once_in_a_while_and_not_at_each_review(with_card: Any) -> None:
    seconds = [0.0]
    with_card.reviewer = _reviewer(with_card, lambda: seconds[0])
    for _ in range(3):
        with_card.reviewer.review(with_card.request)
    assert with_card.forge.calls.count("read_other_file") == 1, "that there is none is remembered too"
    with_card.forge.others = {"lab/.weighbridge": {POLICY: ACCEPTS_NOTHING}}
    seconds[0] = organisations.FRESH
    assert with_card.reviewer.review(with_card.request).outcome is Outcome.BLOCKED
    assert with_card.forge.calls.count("read_other_file") == 2


def test_the_organisations_own_repository_has_nothing_above_it(desk: Any) -> None:
    merge_request = replace(desk.forge.merge_request("7", "lab/voices", 1), repository="Lab/.weighbridge")
    above = organisations.OrganisationPolicies(desk.forge, ".weighbridge", pack_policy(), desk.memory)
    assert above.above(merge_request) is organisations.NOTHING
    assert "read_other_file" not in desk.forge.calls


def test_a_broken_organisation_policy_is_told_and_its_last_good_one_counts(with_card: Any) -> None:
    with_card.forge.others = {"lab/.weighbridge": {POLICY: ACCEPTS_NOTHING}}
    with_card.reviewer.review(with_card.request)
    with_card.forge.others = {"lab/.weighbridge": {POLICY: b"version: 1\nmoed: observe\n"}}
    with_card.reviewer = _reviewer(with_card)
    assert with_card.reviewer.review(with_card.request).outcome is Outcome.BLOCKED
    assert "The policy of the organisation (`lab/.weighbridge`) could not be used, so the last version" in (
        with_card.comment
    )
    assert "Did you mean `mode`?" in with_card.comment


def test_an_organisation_that_refuses_us_is_told(with_card: Any) -> None:
    def refuse() -> None:
        raise RefusedError("reading .weighbridge.yml of lab/.weighbridge: GitHub refuses")

    with_card.forge.before["read_other_file"] = refuse
    with_card.reviewer.review(with_card.request)
    assert "so this is not what it asks for: reading" in with_card.comment


def _reviewer(desk: Any, clock: Any = lambda: 0.0) -> Any:
    """A reviewer of a new process, which has asked about no organisation yet."""
    from bot.review.reviewer import Reviewer

    asked = organisations.OrganisationPolicies(desk.forge, ".weighbridge", pack_policy(), desk.memory, clock)
    return Reviewer(desk.forge, desk.recorded.append, pack_policy(), memory=desk.memory, organisations=asked)


# A broken policy


def test_the_last_good_policy_stands_in_for_a_broken_one_with_every_problem_told(with_card: Any) -> None:
    with_card.forge.base_files = {
        POLICY: b"version: 1\nextends: house.yml\n",
        "house.yml": ACCEPTS_NOTHING,
    }
    with_card.reviewer.review(with_card.request)
    with_card.forge.base_files = {
        POLICY: b"version: 1\nextends: house.yml\nrulez: {}\nmode: observ\n",
        "house.yml": OBSERVES,
    }
    assert with_card.reviewer.review(with_card.request).outcome is Outcome.BLOCKED
    assert "so the last version of it that could be used (commit `bbbbbbbbbbbb`) counts" in with_card.comment
    assert ".weighbridge.yml:3: rulez: `rulez` is no known key. Did you mean `rules`?" in with_card.comment
    assert ".weighbridge.yml:4: mode: `observ` is no allowed value." in with_card.comment


def test_each_branch_has_a_last_good_policy_of_its_own_and_a_removed_one_is_forgotten(with_card: Any) -> None:
    with_card.forge.base_files = {POLICY: ACCEPTS_NOTHING}
    with_card.reviewer.review(with_card.request)
    assert list(with_card.memory.policies) == ["github:github.example:7:main"]
    with_card.forge.base_files = {}
    with_card.reviewer.review(with_card.request)
    with_card.forge.base_files = {POLICY: b"["}
    assert with_card.reviewer.review(with_card.request).outcome is Outcome.PASS
    assert "so this is not what it asks for" in with_card.comment


def test_the_organisation_rules_where_a_repositorys_policy_never_was_good(with_card: Any) -> None:
    with_card.forge.base_files = {POLICY: b"["}
    with_card.forge.others = {"lab/.weighbridge": {POLICY: ACCEPTS_NOTHING}}
    assert with_card.reviewer.review(with_card.request).outcome is Outcome.BLOCKED
    assert policy_of(with_card).name == "lab/.weighbridge"
    assert "`.weighbridge.yml` on the target branch could not be used" in with_card.comment


def test_a_kept_policy_that_this_version_no_longer_reads_is_not_used(with_card: Any) -> None:
    with_card.forge.base_files = {POLICY: ACCEPTS_NOTHING}
    with_card.reviewer.review(with_card.request)
    [(place, kept)] = with_card.memory.policies.items()
    with_card.memory.policies[place] = replace(kept, files={POLICY: "version: 0\n"})
    with_card.forge.base_files = {POLICY: b"["}
    assert with_card.reviewer.review(with_card.request).outcome is Outcome.PASS


# A proposed policy


def test_a_new_policy_is_tried_on_its_own_change_and_decides_nothing(with_card: Any) -> None:
    with_card.forge.base_files = {POLICY: b"version: 1\n"}
    with_card.forge.files[POLICY] = ACCEPTS_NOTHING
    assert with_card.reviewer.review(with_card.request).outcome is Outcome.PASS
    proposal = with_card.recorded[-1].proposal
    assert proposal.outcome is Outcome.BLOCKED
    assert "### The policy that this change proposes" in with_card.comment
    assert "it would block this change" in with_card.comment
    assert "licences are not spoken of instead of accepted" in with_card.comment


def test_a_policy_alone_gets_a_comment_too_and_one_that_is_withdrawn_an_end(desk: Any) -> None:
    desk.forge.files = {POLICY: OBSERVES, "notes.txt": b"x"}
    assert desk.reviewer.review(desk.request).outcome is Outcome.PASS
    assert "the mode is `observe` instead of `enforce`" in desk.comment
    desk.forge.push(**{POLICY: None})
    desk.reviewer.review(desk.request)
    assert "proposes" not in desk.comment


def test_mistakes_in_a_new_policy_are_linked_line_by_line_at_the_head(with_card: Any) -> None:
    with_card.forge.files[POLICY] = b"version: 1\nrules:\n  license-mising: warning\n"
    with_card.reviewer.review(with_card.request)
    link = f"[`.weighbridge.yml`](https://github.example/lab/voices/blob/{with_card.forge.head}/.weighbridge.yml#L3)"
    assert f"- {link}, line 3, `rules.license-mising`: " in with_card.comment
    assert "cannot be used as it is here" in with_card.comment


def test_a_change_of_a_file_that_the_policy_extends_is_a_new_policy(with_card: Any) -> None:
    extending = b"version: 1\nextends: house.yml\n"
    with_card.forge.base_files = {POLICY: extending, "house.yml": b"version: 1\n"}
    with_card.forge.files["house.yml"] = OBSERVES
    tree = with_card.forge.tree
    with_card.forge.tree = lambda request: type(tree(request))({**tree(request).files, POLICY: extending})
    with_card.reviewer.review(with_card.request)
    assert with_card.recorded[-1].proposal.observed
    assert "the mode is `observe`" in with_card.comment


def test_a_removed_policy_is_said_to_be_removed(with_card: Any) -> None:
    with_card.forge.base_files = {POLICY: OBSERVES}
    with_card.forge.removed = (POLICY,)
    with_card.reviewer.review(with_card.request)
    assert with_card.recorded[-1].proposal.outcome is None
    assert "would be removed" in with_card.comment


def test_a_change_that_mends_a_broken_policy_is_compared_with_the_one_that_stands_in(with_card: Any) -> None:
    with_card.forge.base_files = {POLICY: b"["}
    with_card.forge.files[POLICY] = OBSERVES
    with_card.reviewer.review(with_card.request)
    assert "the mode is `observe` instead of `enforce`" in with_card.comment


def test_what_only_the_new_policy_wants_to_know_is_asked_for(with_card: Any) -> None:
    with_card.forge.files[POLICY] = (
        b"version: 1\nrules: {review-missing: {severity: blocking, options: {from: ['@lab/new']}}}\n"
    )
    with_card.reviewer.review(with_card.request)
    assert with_card.forge.asked_teams == ("lab/new",)
    assert with_card.recorded[-1].proposal.outcome is Outcome.BLOCKED
    assert with_card.recorded[-1].outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        (b"ignore: ['m/**']", b"ignore: []", Outcome.BLOCKED),
        (b"ignore: ['m/**']", b"ignore: ['n/**', 'm/*.safetensors']", Outcome.PASS),
        (b"ignore: []", b"ignore: ['m/**']", Outcome.PASS),
    ],
    ids=["stops ignoring", "ignores by another glob", "begins to ignore"],
)
def test_a_new_policy_sees_what_the_old_one_ignores_and_the_report_does_not(
    desk: Any, weights: bytes, old: bytes, new: bytes, outcome: Outcome
) -> None:
    desk.forge.base_files = {POLICY: b"version: 1\n" + old}
    desk.forge.files = {"m/model.safetensors": weights, POLICY: b"version: 1\n" + new}
    ruled = desk.reviewer.review(desk.request).outcome
    judgement = desk.recorded[-1]
    assert judgement.proposal.outcome is outcome
    assert ruled is (Outcome.PASS if b"m/**" in old else Outcome.BLOCKED)
    assert bool(judgement.facts.artifacts) is (b"m/**" not in old)


# Growth


def test_growth_is_asked_for_only_where_the_policy_speaks_of_it_and_weights_come(with_card: Any) -> None:
    with_card.memory.grown = Growth(30, 5 * 1024**3, 0)
    with_card.forge.base_files = {POLICY: b"version: 1\nrules: {repository-growth: off}\n"}
    with_card.reviewer.review(with_card.request)
    assert with_card.memory.asked == []
    with_card.forge.base_files = {POLICY: b"version: 1\nrules: {repository-growth: warning}\n"}
    with_card.reviewer.review(with_card.request)
    assert with_card.memory.asked == ["github:github.example:7"]
    assert "in 30 days; the limit is" in with_card.comment


@pytest.mark.parametrize("state", ["closed", "merged"])
def test_the_end_of_a_merge_request_is_noted(with_card: Any, state: str) -> None:
    with_card.forge.state = state
    with_card.reviewer.review(with_card.request)
    assert with_card.memory.noted == [f"github:github.example:7:1 {state}"]


def test_try_again_later_is_raised_wherever_a_policy_is_read(with_card: Any) -> None:
    def unavailable() -> None:
        raise UnavailableError("down")

    with_card.forge.before["read_other_file"] = unavailable
    with pytest.raises(UnavailableError):
        with_card.reviewer.review(with_card.request)
    assert with_card.forge.verdicts == {}


def test_a_policy_too_large_is_replaced_by_the_last_good_one(with_card: Any) -> None:
    with_card.forge.base_files = {POLICY: ACCEPTS_NOTHING}
    with_card.reviewer.review(with_card.request)
    with_card.forge.read_error = ForgeError(".weighbridge.yml has more than 262,144 bytes")
    assert with_card.reviewer.review(with_card.request).outcome is Outcome.BLOCKED
