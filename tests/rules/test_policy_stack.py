"""What a policy builds on: packs, files of its repository, its organisation's policy, and what that keeps to itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from rules.facts import Artifact, EvidenceKind
from rules.findings import Finding, OnError, Severity
from rules.policy import Policy, PolicyError, load_policy
from rules.policy_file import Mode

FindingOf = Callable[..., Finding | None]


def _policy(text: str, files: Mapping[str, str] | None = None, beneath: Policy | None = None) -> Policy:
    known = {path: f"version: 1\n{content}".encode() for path, content in (files or {}).items()}
    return load_policy(
        f"version: 1\n{text}".encode(), name=".weighbridge.yml", files=known.get, beneath=beneath, commit="c0ffee"
    )


def _house(text: str) -> Policy:
    return load_policy(
        f"version: 1\n{text}".encode(),
        name="example/.weighbridge",
        url="https://forge/example/.weighbridge",
        note="The rule of the organisation example.",
    )


def _severity(policy: Policy, rule: str) -> Severity | None:
    return policy.setting(rule).weight_of(None).severity


def test_a_file_of_the_repository_can_be_extended_and_a_later_one_goes_before_an_earlier() -> None:
    files = {
        "policies/size.yml": "rules: {not-in-lfs: blocking, artifact-too-large: blocking}",
        "policies/calm.yml": "rules: {not-in-lfs: info}",
    }
    policy = _policy("extends: [guix, policies/size.yml, ./policies/calm.yml]", files)
    assert _severity(policy, "not-in-lfs") is Severity.INFO
    assert _severity(policy, "artifact-too-large") is Severity.BLOCKING
    assert policy.origin.stack == ("policies/calm.yml", "policies/size.yml", "pack guix")
    assert policy.setting("not-in-lfs").weight_of(None).source == "policies/calm.yml"


def test_files_alone_still_stand_on_the_default_pack() -> None:
    policy = _policy("extends: house.yml", {"house.yml": "rules: {not-in-lfs: off}"})
    assert policy.origin.stack == ("house.yml", "pack guix")


@pytest.mark.parametrize(
    ("text", "files", "message"),
    [
        ("extends: house.yml", {}, "`house.yml` is not in this repository"),
        ("extends: a.yml", {"a.yml": "extends: a.yml"}, "extended twice, or extends itself"),
        ("extends: a.yml", {"a.yml": "extends: b.yml", "b.yml": "extends: a.yml"}, "extended twice"),
        ("extends: a.yml", {"a.yml": "rules: {nope: off}"}, "a.yml:2: rules.nope"),
        (
            "extends: f0.yml",
            {f"f{number}.yml": f"extends: f{number + 1}.yml" for number in range(40)},
            "16 files at most",
        ),
    ],
)
def test_what_cannot_be_extended_is_said(text: str, files: Mapping[str, str], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        _policy(text, files)


def test_an_organisations_policy_lies_beneath_its_repositories() -> None:
    house = _house("rules: {not-in-lfs: blocking, license-missing: warning}")
    policy = _policy("rules: {license-missing: info}", beneath=house)
    assert _severity(policy, "license-missing") is Severity.INFO
    assert _severity(policy, "not-in-lfs") is Severity.BLOCKING
    citation = policy.setting("not-in-lfs").weight_of(None).citation
    assert citation is not None and citation.note == "The rule of the organisation example."
    assert policy.origin.stack == ("example/.weighbridge", "pack guix")


def test_a_file_that_an_organisation_extends_is_the_organisations_too() -> None:
    files = {"legal.yml": b"version: 1\nrules: {not-in-lfs: blocking}\n"}
    house = load_policy(
        b"version: 1\nextends: legal.yml\n", name="example/.weighbridge", files=files.get, note="The rule of example."
    )
    citation = _policy("mode: enforce", beneath=house).setting("not-in-lfs").weight_of(None).citation
    assert citation is not None
    assert (citation.title, citation.note) == ("legal.yml", "The rule of example.")


def test_a_repository_that_names_its_pack_leaves_its_organisations_policy_but_for_what_is_locked() -> None:
    house = _house("rules: {not-in-lfs: blocking, license-missing: warning}\nlocked: [rules.license-missing]")
    policy = _policy("extends: guix", beneath=house)
    assert _severity(policy, "not-in-lfs") is Severity.WARNING
    assert _severity(policy, "license-missing") is Severity.WARNING
    assert policy.origin.remarks == ()


@pytest.mark.parametrize(
    ("locked", "own", "key"),
    [
        ("[mode]", "mode: observe", "mode"),
        ("[rules]", "rules: {not-in-lfs: off}", "rules.not-in-lfs"),
        ("['rules.not-*']", "rules: {not-in-lfs: off}", "rules.not-in-lfs"),
        ("['*']", "rules: {not-in-lfs: off}", "rules.not-in-lfs"),
        ("[licenses]", "licenses: {accept: [non-commercial]}", "licenses"),
        ("[rules]", "scopes: [{paths: '**', rules: {not-in-lfs: off}}]", "scopes"),
        (
            "[waivers]",
            "waivers: [{rule: not-in-lfs, path: '**', reason: we are special, until: 2099-01-01}]",
            "waivers",
        ),
        ("[ignore]", "ignore: ['**']", "ignore"),
        ("[extends]", "extends: debian", "extends"),
        ("['*']", "extends: debian", "extends"),
    ],
)
def test_a_locked_key_is_not_used_and_that_is_said(locked: str, own: str, key: str) -> None:
    house = _house(f"locked: {locked}")
    policy = _policy(own, beneath=house)
    (remark,) = policy.origin.remarks
    assert remark.startswith(f"`{key}` in `.weighbridge.yml` (line 2) is not used")
    assert "`example/.weighbridge` keeps that to itself" in remark
    assert policy.mode is Mode.ENFORCE
    assert (policy.settings, policy.ignored, policy.waivers) == (house.settings, house.ignored, house.waivers)
    assert [lists for lists in policy.licenses if lists.accept.words] == [
        lists for lists in house.licenses if lists.accept.words
    ]


def test_a_pack_that_a_repository_may_not_name_is_no_guideline_of_its_reports() -> None:
    policy = _policy("extends: debian", beneath=_house("locked: [extends]"))
    assert (policy.origin.pack, policy.origin.stack) == ("guix", ("example/.weighbridge", "pack guix"))


def test_a_lock_can_leave_single_keys_open() -> None:
    house = _house("locked: ['*']\nopen: [rules.not-in-lfs]")
    policy = _policy("rules: {not-in-lfs: off, license-missing: off}", beneath=house)
    assert _severity(policy, "not-in-lfs") is None
    assert _severity(policy, "license-missing") is Severity.BLOCKING


def test_a_lock_on_nothing_that_exists_is_a_mistake() -> None:
    with pytest.raises(PolicyError, match=r"locked.0: `rules.licence-missing` is no key. Did you mean `rules.license"):
        _house("locked: [rules.licence-missing]")


def test_the_servers_default_pack_lies_under_a_file_that_names_none() -> None:
    with pytest.raises(PolicyError, match="no known pack"):
        load_policy(b"version: 1\n", name="p", default="nope")


def test_a_finding_leads_to_the_file_that_decided(finding_of: FindingOf, artifact: Callable[..., Artifact]) -> None:
    policy = _policy("mode: enforce", beneath=_house("rules:\n  not-in-lfs: blocking\n"))
    finding = finding_of("not-in-lfs", artifact(size=20 * 1024**2), policy=policy)
    assert finding is not None
    assert (finding.policy_source, finding.policy_line) == ("example/.weighbridge", 3)
    assert finding.policy_url == "https://forge/example/.weighbridge"


def test_a_licence_can_be_left_to_a_person(
    finding_of: FindingOf, artifact: Callable[..., Artifact], evidence: Callable[..., object]
) -> None:
    policy = _policy(
        "licenses: {review: [conditions-by-size]}\nrules: {license-not-accepted: {cases: {to-review: warning}}}"
    )
    llama = artifact(evidence=(evidence(EvidenceKind.MODEL_CARD, "llama3.1"),))
    finding = finding_of("license-not-accepted", llama, policy=policy)
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert finding.title.startswith("A person decides about the licence here:")
    refused = artifact(evidence=(evidence(EvidenceKind.MODEL_CARD, "cc-by-nc-4.0"),))
    finding = finding_of("license-not-accepted", refused, policy=policy)
    assert finding is not None and finding.severity is Severity.BLOCKING


def test_whether_what_was_not_seen_whole_may_pass_is_layered_and_lockable() -> None:
    house = _house("on-error: fail")
    assert _policy("").on_error is OnError.NEUTRAL
    assert _policy("", beneath=house).on_error is OnError.FAIL
    assert _policy("on-error: neutral", beneath=house).on_error is OnError.NEUTRAL
    kept = _policy("on-error: neutral", beneath=_house("on-error: fail\nlocked: on-error"))
    assert kept.on_error is OnError.FAIL
    assert "`on-error`" in " ".join(kept.origin.remarks)
