"""What a repository's file changes, and what it inherits from its pack."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rules.checks import all_checks
from rules.facts import Artifact, Confidence, Facts, LoadingSafety, LoadingVerdict, NotExamined
from rules.findings import Finding, Judgement, Outcome, Severity
from rules.licenses import find_license
from rules.packs import read_pack
from rules.policy import Policy, load_policy, pack_names, pack_policy
from rules.policy_licenses import Ruling
from rules.runner import judge

DANGEROUS = LoadingVerdict(LoadingSafety.DANGEROUS, ("pickle calls posix.system",))


def _policy(text: str) -> Policy:
    return load_policy(f"version: 1\n{text}".encode(), name=".weighbridge.yml", commit="c0ffee", url="https://forge/p")


def _accepts(policy: Policy, identifier: str) -> bool:
    license_ = find_license(identifier)
    assert license_ is not None
    return policy.accepts(license_)


def test_the_shortest_policy_is_its_pack() -> None:
    own, pack = _policy(""), pack_policy("guix")
    assert own.settings == pack.settings
    assert own.licenses[1:] == pack.licenses
    assert own.origin.name == ".weighbridge.yml"
    assert (own.origin.pack, own.origin.commit, own.origin.url) == ("guix", "c0ffee", "https://forge/p")


def test_every_shipped_pack_loads_and_says_where_it_stands() -> None:
    for name in pack_names():
        policy = pack_policy(name)
        assert policy.pack.source.startswith("https://")
        assert policy.origin.name == f"pack {name}"


def test_the_pack_guix_says_that_it_is_one_persons_opinion(guix: Policy) -> None:
    assert guix.pack.status == "opinion"
    assert "not a decision of Guix" in (guix.pack.note or "")


def test_every_rule_has_a_citation_for_every_case_in_the_pack_guix(guix: Policy) -> None:
    for rule in all_checks():
        assert all(weight.citation is not None for weight in guix.setting(rule).weights.values())


def test_in_the_pack_guix_only_licences_danger_and_other_content_block(guix: Policy) -> None:
    blocking = {
        (rule, case)
        for rule in all_checks()
        for case, weight in guix.setting(rule).weights.items()
        if weight.severity is Severity.BLOCKING and not rule.startswith("license-")
    }
    assert blocking == {
        ("executes-code-on-load", "dangerous"),
        ("known-bad-artifact", None),
        ("pointer-broken", "disagrees"),
    }
    citation = guix.setting("executes-code-on-load").weight_of("dangerous").citation
    assert citation is not None
    assert citation.title.startswith("An addition of Weighbridge")


def test_a_rule_can_be_switched_off_with_a_bare_off(artifact: Callable[..., Artifact]) -> None:
    policy = _policy("rules:\n  license-missing: off\n")
    assert judge(Facts((artifact(evidence=()),), 1), policy).findings == ()


def test_a_severity_covers_all_cases_unless_they_are_named() -> None:
    weights = _policy("rules: {executes-code-on-load: info}").setting("executes-code-on-load").weights
    assert {weight.severity for weight in weights.values()} == {Severity.INFO}
    entry = "rules: {executes-code-on-load: {severity: off, cases: {dangerous: warning}}}"
    weights = _policy(entry).setting("executes-code-on-load").weights
    assert weights["dangerous"].severity is Severity.WARNING
    assert weights["unknown"].severity is None


def test_a_case_alone_leaves_the_other_cases_to_the_pack() -> None:
    policy = _policy("rules:\n  executes-code-on-load:\n    cases: {unknown: blocking}\n")
    weights = policy.setting("executes-code-on-load").weights
    assert weights["unknown"].severity is Severity.BLOCKING
    assert weights["dangerous"].severity is Severity.BLOCKING
    assert weights["executes-code"].severity is Severity.WARNING


def test_options_are_merged_one_by_one() -> None:
    options = _policy("rules:\n  artifact-too-large: {options: {git: 1 MiB}}\n").setting("artifact-too-large").options
    assert options.model_dump() == {"git": 1024**2, "lfs": 2 * 1024**3}


def test_a_limit_can_be_switched_off(artifact: Callable[..., Artifact]) -> None:
    policy = _policy("rules:\n  artifact-too-large: {options: {git: off}}\n  not-in-lfs: off\n")
    huge = artifact(size=100 * 1024**2)
    assert judge(Facts((huge,), 1), policy).findings == ()


def test_a_finding_names_the_line_of_the_policy_that_set_its_severity(
    finding_of: Callable[..., Finding | None], artifact: Callable[..., Artifact]
) -> None:
    policy = _policy("rules:\n  license-missing: warning\n  not-in-lfs: {options: {from: 0}}\n")
    bare = artifact(evidence=())
    missing = finding_of("license-missing", bare, policy=policy)
    in_git = finding_of("not-in-lfs", bare, policy=policy)
    assert missing is not None and in_git is not None
    assert (missing.policy_source, missing.policy_line, missing.policy_url) == (
        ".weighbridge.yml",
        3,
        "https://forge/p",
    )
    assert in_git.policy_source == "pack guix"
    rule = in_git.policy_line
    assert rule is not None
    assert read_pack("guix").decode().splitlines()[rule - 1].strip() == "severity: warning"


def test_a_severity_of_the_repositorys_own_is_not_blamed_on_the_guideline(
    finding_of: Callable[..., Finding | None], artifact: Callable[..., Artifact]
) -> None:
    policy = _policy("rules: {not-in-lfs: blocking, license-missing: blocking}")
    own = finding_of("not-in-lfs", artifact(size=20 * 1024**2), policy=policy)
    assert own is not None and own.citation is not None
    assert (own.citation.title, own.citation.url) == (".weighbridge.yml", "https://forge/p")
    same = finding_of("license-missing", artifact(evidence=()), policy=policy)
    assert same is not None and same.citation is not None
    assert "guix-devel" in same.citation.title


def test_a_citation_in_the_policy_is_shown(
    finding_of: Callable[..., Finding | None], artifact: Callable[..., Artifact]
) -> None:
    policy = _policy(
        "rules:\n  license-missing:\n    citation: {title: Our handbook, url: 'https://example.org/handbook#weights'}\n"
    )
    finding = finding_of("license-missing", artifact(evidence=()), policy=policy)
    assert finding is not None and finding.citation is not None
    assert finding.citation.title == "Our handbook"


def test_a_repository_can_accept_one_more_licence_by_name() -> None:
    policy = _policy("licenses: {accept: [CC-BY-NC-4.0]}")
    assert _accepts(policy, "CC-BY-NC-4.0")
    assert not _accepts(policy, "CC-BY-NC-SA-4.0")
    assert _accepts(policy, "Apache-2.0")


def test_a_repository_can_deny_what_its_pack_accepts() -> None:
    policy = _policy("licenses: {deny: [copyleft]}")
    assert not _accepts(policy, "GPL-3.0-only")
    assert _accepts(policy, "MIT")


def test_a_name_goes_before_a_category_and_deny_before_accept() -> None:
    policy = _policy("licenses: {accept: [GPL-3.0-only, permissive], deny: [copyleft, MIT]}")
    assert _accepts(policy, "GPL-3.0-only")
    assert not _accepts(policy, "AGPL-3.0-only")
    assert not _accepts(policy, "MIT")
    assert _accepts(policy, "BSD-3-Clause")
    both = _policy("licenses: {accept: [MIT], deny: [MIT]}")
    assert not _accepts(both, "MIT")


def test_a_repository_can_start_its_lists_from_nothing() -> None:
    policy = _policy("licenses: {inherit: false, accept: [MIT]}")
    assert _accepts(policy, "MIT")
    assert not _accepts(policy, "Apache-2.0")


@pytest.mark.parametrize(
    "identifier", ["Apache-2.0", "GPL-3.0-or-later", "CC0-1.0", "CC-BY-4.0", "PostgreSQL", "CC-BY-3.0"]
)
def test_the_pack_guix_accepts_free_licences_evaluated_or_not(guix: Policy, identifier: str) -> None:
    assert _accepts(guix, identifier)


@pytest.mark.parametrize("identifier", ["llama3.1", "CC-BY-NC-4.0", "CC-BY-ND-4.0", "creativeml-openrail-m", "gemma"])
def test_the_pack_guix_does_not_accept_what_is_not_free(guix: Policy, identifier: str) -> None:
    assert not _accepts(guix, identifier)


def test_what_the_fsf_calls_nonfree_is_denied_even_where_the_osi_approves(guix: Policy) -> None:
    license_ = find_license("NASA-1.3")
    assert license_ is not None
    assert guix.rule_on(license_) is Ruling.DENIED


def test_ignored_paths_are_not_judged(artifact: Callable[..., Artifact]) -> None:
    policy = _policy("ignore: ['tests/data/**', '*.tmp']")
    assert policy.ignores("tests/data/a/b.pt")
    assert not policy.ignores("models/x.tmp")
    assert not policy.ignores("")
    ignored = artifact("tests/data/model.pt", evidence=())
    assert judge(Facts((ignored,), 1), policy).findings == ()


def test_in_observe_mode_everything_is_reported_and_nothing_blocks(
    judged: Callable[..., Judgement], artifact: Callable[..., Artifact]
) -> None:
    policy = _policy("mode: observe")
    judgement = judged(artifact(evidence=()), policy=policy, not_examined=(NotExamined("a.bin", "too large"),))
    assert judgement.of(Severity.BLOCKING)
    assert judgement.outcome is Outcome.PASS
    assert judgement.observed


def test_a_policy_may_let_possible_weights_block(
    finding_of: Callable[..., Finding | None], artifact: Callable[..., Artifact]
) -> None:
    maybe = artifact("data/table.bin", evidence=(), confidence=Confidence.POSSIBLE)
    mild = finding_of("license-missing", maybe)
    strict = finding_of("license-missing", maybe, policy=_policy("block-from: possible"))
    assert mild is not None and strict is not None
    assert mild.severity is Severity.WARNING
    assert strict.severity is Severity.BLOCKING


def test_a_policy_says_from_which_confidence_a_rule_speaks(
    finding_of: Callable[..., Finding | None], artifact: Callable[..., Artifact]
) -> None:
    policy = _policy("rules: {license-missing: {confidence: certain}}")
    probable = artifact("m/a.bin", evidence=(), confidence=Confidence.PROBABLE)
    certain = artifact("m/a.bin", evidence=(), confidence=Confidence.CERTAIN)
    assert finding_of("license-missing", probable, policy=policy) is None
    assert finding_of("license-missing", certain, policy=policy) is not None


def test_a_remark_on_how_a_policy_came_to_rule_reaches_the_judgement(
    judged: Callable[..., Judgement], guix: Policy
) -> None:
    judgement = judged(policy=guix.remarked("The policy file is broken."))
    assert judgement.policy.remarks == ("The policy file is broken.",)
    assert guix.origin.remarks == ()
