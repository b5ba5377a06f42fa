"""Stories about weights that are known, doubled, unpinned, or too many over time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rules.facts import Artifact, ChangeStatus, Confidence, Growth, Part, Pointer
from rules.findings import Finding, Judgement, Outcome, Severity
from rules.policy import PolicyError, load_policy
from rules.surroundings import Advisory, Origin, Paper, PaperKind, Surroundings

MIB = 1024**2
BAD = "bd" * 32
Find = Callable[..., Finding | None]
Make = Callable[..., Artifact]


def _pointer(kind: str, algorithm: str, digest: str = "ab" * 16, **other: Any) -> Pointer:
    return Pointer(kind, algorithm, digest, MIB, **other)


def _from(*origins: Origin, **around: Any) -> dict[str, Surroundings]:
    return {"surroundings": Surroundings(origins=origins, **around)}


# Known bad


def test_weights_that_a_feed_warns_of_block_and_the_warning_is_linked(finding_of: Find, artifact: Make) -> None:
    warning = Advisory("WB-2026-1", "Opens a shell\n@everyone", "https://feed.example/WB-2026-1", "feed.json")
    finding = finding_of("known-bad-artifact", artifact(advisories=(warning,)))
    assert finding is not None
    assert finding.severity is Severity.BLOCKING
    assert "[`WB-2026-1`](https://feed.example/WB-2026-1) (`feed.json`)" in finding.why
    assert r"`Opens a shell\n@everyone`" in finding.why
    assert finding_of("known-bad-artifact", artifact()) is None


@pytest.mark.parametrize("address", ["javascript:alert(1)", "https://x.example/) [y](https://z.example", None])
def test_an_address_that_is_none_is_not_linked(finding_of: Find, artifact: Make, address: str | None) -> None:
    finding = finding_of("known-bad-artifact", artifact(advisories=(Advisory("X-1", "bad", address),)))
    assert finding is not None
    assert "](" not in finding.why


@pytest.mark.parametrize("confidence", list(Confidence))
def test_the_digest_blocks_however_unsure_it_is_that_they_are_weights(
    judged: Callable[..., Judgement], artifact: Make, confidence: Confidence
) -> None:
    strict = load_policy(b"version: 1\nblock-from: certain\n", name="p.yml")
    judgement = judged(artifact(advisories=(Advisory("X-1", "bad"),), confidence=confidence), policy=strict)
    assert judgement.outcome is Outcome.BLOCKED
    assert [finding.severity for finding in judgement.findings] == [Severity.BLOCKING]


def test_weights_that_were_taken_away_again_are_still_in_the_history(
    judged: Callable[..., Judgement], artifact: Make
) -> None:
    gone = artifact("old.pt", advisories=(Advisory("X-1", "Opens a shell"),), commit="c0ffee" * 7, evidence=())
    findings = {finding.rule: finding for finding in judged(past=(gone,)).findings}
    assert set(findings) == {"known-bad-artifact", "weight-in-history"}
    finding = findings["known-bad-artifact"]
    assert (finding.path, finding.severity) == ("old.pt", Severity.BLOCKING)
    assert "`Opens a shell`. Commit `c0ffeec0ffee` brings them." in finding.why


def test_several_bad_versions_of_one_file_are_one_finding(judged: Callable[..., Judgement], artifact: Make) -> None:
    bad = {"advisories": (Advisory("X-1", "bad"),)}
    past = [artifact("a.pt", oid=str(number) * 40, commit=str(number) * 40, **bad) for number in (1, 2)]
    findings = judged(artifact("a.pt", **bad), past=tuple(past)).findings
    assert [finding.title for finding in findings if finding.rule == "known-bad-artifact"] == [
        "These weights are known to be bad"
    ]
    assert len({finding.fingerprint for finding in findings}) == len(findings) == 2


def test_a_policy_refuses_weights_by_their_digest(finding_of: Find, artifact: Make) -> None:
    options = f"{{digests: {{{BAD.upper()}: trained on leaked mail}}}}"
    policy = load_policy(f"version: 1\nrules: {{known-bad-artifact: {{options: {options}}}}}".encode(), name="p.yml")
    shard = Part("models/2.safetensors", MIB, MIB, "c" * 40, sha256=BAD)
    named = Part("models/3.safetensors", MIB, 130, "d" * 40, pointer=_pointer("git-lfs", "sha256", BAD))
    for bad in (artifact(sha256=BAD), artifact(parts=(shard,)), artifact(parts=(named,), sha256="ee" * 32)):
        finding = finding_of("known-bad-artifact", bad, policy=policy)
        assert finding is not None
        assert "`trained on leaked mail`" in finding.why
    assert finding_of("known-bad-artifact", artifact(sha256="ee" * 32), policy=policy) is None


def test_a_policy_cannot_refuse_what_is_no_digest() -> None:
    with pytest.raises(PolicyError):
        load_policy(b"version: 1\nrules: {known-bad-artifact: {options: {digests: {abc: no}}}}", name="p.yml")


# Checksums


@pytest.mark.parametrize(
    ("pointer", "title"),
    [
        (_pointer("dvc", "md5"), "The pointer pins these weights by MD5 only"),
        (_pointer("dvc", "etag"), "The pointer pins these weights by ETAG only"),
        (_pointer("git-annex", "sha1"), "The pointer pins these weights by SHA1 only"),
        (_pointer("git-annex", "worm", "voice.pt"), "The pointer names no digest of the weights"),
        (_pointer("git-annex", "url", "https&c%%x"), "The pointer names no digest of the weights"),
        (_pointer("something", "", ""), "The pointer names no digest of the weights"),
        (_pointer("git-lfs", "sha256"), None),
        (_pointer("git-annex", "sha3_256"), None),
        (_pointer("git-annex", "blake2b512"), None),
        (_pointer("xet", "xet"), None),
        (_pointer("dvc", "md5", "", fault="the md5 in it is missing"), None),
    ],
)
def test_a_pointer_must_pin_by_a_digest_that_withstands_forgery(
    finding_of: Find, artifact: Make, pointer: Pointer, title: str | None
) -> None:
    finding = finding_of("checksum-missing", artifact("models/voice.pt", pointer=pointer))
    assert (finding.title if finding else None) == title
    if finding:
        assert finding.severity is Severity.WARNING
        assert finding.remedy.commands == ("(cd -- models && sha256sum -- voice.pt > voice.pt.sha256)",)


def test_a_sha256_beside_it_makes_up_for_dvcs_md5(finding_of: Find, artifact: Make) -> None:
    beside = Origin("https://x.example/voice.pt", "models/SHA256SUMS", sha256="ab" * 32)
    weights = artifact(pointer=_pointer("dvc", "md5"), **_from(beside))
    assert finding_of("checksum-missing", weights) is None


def test_a_program_that_fetches_without_a_checksum_is_warned_of(finding_of: Find, artifact: Make) -> None:
    fetched = Origin("https://x.example/latest/voice.onnx", "package.py", 12)
    finding = finding_of("checksum-missing", artifact(sha256="cd" * 32, **_from(fetched)))
    assert finding is not None
    assert "`https://x.example/latest/voice.onnx` in `package.py`, line 12" in finding.why
    assert "cd" * 32 in finding.remedy.steps[0]


def test_an_address_that_names_one_version_is_enough_unless_the_policy_wants_a_digest(
    finding_of: Find, artifact: Make
) -> None:
    weights = artifact(**_from(Origin("https://x.example/resolve/" + "a" * 40, "package.py", pinned=True)))
    assert finding_of("checksum-missing", weights) is None
    strict = load_policy(b"version: 1\nrules: {checksum-missing: {options: {pinned: false}}}", name="p.yml")
    assert finding_of("checksum-missing", weights, policy=strict) is not None


def test_an_address_for_readers_needs_no_checksum(finding_of: Find, artifact: Make) -> None:
    def of(path: str, **around: Any) -> Finding | None:
        return finding_of("checksum-missing", artifact(**_from(Origin("https://x.example/v", path), **around)))

    assert of("models/README.md", card="models/README.md") is None
    assert of("README.md", papers=(Paper("README.md", PaperKind.README),)) is None
    assert of("models/voice.safetensors") is None


# Duplicates


def test_the_same_weights_at_three_paths_are_one_finding_at_the_first(
    judged: Callable[..., Judgement], artifact: Make
) -> None:
    copies = [artifact(path, oid="c" * 40) for path in ("z.safetensors", "a.safetensors", "m.safetensors")]
    findings = [one for one in judged(*copies).findings if one.rule == "duplicate-artifact"]
    (finding,) = findings
    assert finding.path == "a.safetensors"
    assert finding.title == "The same 1 MiB of weights are here 3 times"
    assert finding.why.startswith("`m.safetensors` and `z.safetensors` hold the same bytes.")
    assert finding.remedy.commands == ()


def test_a_single_copy_can_be_made_a_link(finding_of: Find, artifact: Make) -> None:
    copies = [artifact(path, sha256=BAD) for path in ("app/voice.onnx", "tests/data/voice 2.onnx")]
    finding = finding_of("duplicate-artifact", *copies)
    assert finding is not None
    assert finding.remedy.commands == (
        "git rm -- 'tests/data/voice 2.onnx'",
        "ln -s -- ../../app/voice.onnx 'tests/data/voice 2.onnx'",
        "git add -- 'tests/data/voice 2.onnx'",
    )


def test_different_weights_and_broken_pointers_are_no_copies(finding_of: Find, artifact: Make) -> None:
    assert finding_of("duplicate-artifact", artifact("a.pt"), artifact("b.pt")) is None
    broken = Pointer("git-lfs", "sha256", "", None, fault="its line `oid` is missing")
    copies = [artifact(path, oid="c" * 40, pointer=broken) for path in ("a.pt", "b.pt")]
    assert finding_of("duplicate-artifact", *copies) is None


# Growth


def test_many_small_changes_fill_a_repository_as_well_as_a_large_one(finding_of: Find, artifact: Make) -> None:
    lately = Growth(days=30, in_git=950 * MIB, in_lfs=0)
    finding = finding_of("repository-growth", artifact(size=120 * MIB), growth=lately)
    assert finding is not None
    assert finding.title == "With this change 1 GiB of weights go into git in 30 days; the limit is 1 GiB"
    assert finding.why.startswith("Merge requests before it brought 950 MiB, this one brings 120 MiB.")


def test_a_store_beside_git_has_a_limit_of_its_own(finding_of: Find, artifact: Make) -> None:
    lately = Growth(days=1, in_git=950 * MIB, in_lfs=10 * 1024 * MIB)
    finding = finding_of("repository-growth", artifact(size=MIB, in_lfs=True), growth=lately)
    assert finding is not None
    assert "into large file storage in the last day" in finding.title


@pytest.mark.parametrize("options", ["{git: off}", "{git: 2 GiB}"])
def test_a_limit_can_be_raised_or_switched_off(finding_of: Find, artifact: Make, options: str) -> None:
    policy = load_policy(f"version: 1\nrules: {{repository-growth: {{options: {options}}}}}".encode(), name="p.yml")
    lately = Growth(days=30, in_git=1500 * MIB, in_lfs=0)
    assert finding_of("repository-growth", artifact(), policy=policy, growth=lately) is None


def test_nothing_is_said_without_a_count_or_of_a_change_that_adds_nothing(finding_of: Find, artifact: Make) -> None:
    full = Growth(days=30, in_git=9000 * MIB, in_lfs=0)
    assert finding_of("repository-growth", artifact(size=2000 * MIB)) is None
    assert finding_of("repository-growth", artifact(status=ChangeStatus.RENAMED), growth=full) is None
    assert finding_of("repository-growth", artifact(in_lfs=True), growth=full) is None
