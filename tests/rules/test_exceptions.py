"""Waivers and the baseline: what is found and does not count, and what was there before."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable

import pytest

from rules.baseline import BaselineError, read, write
from rules.facts import Artifact, ChangeStatus, Facts, Part
from rules.findings import Judgement, Outcome
from rules.policy import Policy, PolicyError, load_policy
from rules.runner import judge

TODAY = datetime.date(2026, 11, 25)
DIGEST = "ab" * 32


def _policy(waiver: str) -> Policy:
    return load_policy(
        f"version: 1\nwaivers:\n  - {{rule: license-missing, reason: the authors were asked, {waiver}}}\n".encode(),
        name=".weighbridge.yml",
    )


def _judged(policy: Policy, *artifacts: Artifact, today: datetime.date | None = TODAY) -> Judgement:
    return judge(Facts(artifacts, len(artifacts), today=today), policy)


@pytest.mark.parametrize("waiver", ["path: 'models/*'", f"sha256: {DIGEST}", f"sha256: {DIGEST.upper()}, path: '**'"])
def test_a_waived_finding_does_not_count_and_is_still_told(waiver: str, artifact: Callable[..., Artifact]) -> None:
    judgement = _judged(_policy(f"{waiver}, until: 2026-12-24"), artifact(evidence=(), sha256=DIGEST))
    assert judgement.outcome is Outcome.PASS
    assert judgement.findings == ()
    (waived,) = judgement.waived
    assert waived.finding.rule == "license-missing"
    assert (waived.reason, waived.until.isoformat()) == ("the authors were asked", "2026-12-24")
    assert (waived.source, waived.line) == (".weighbridge.yml", 3)


@pytest.mark.parametrize(
    ("waiver", "today"),
    [
        ("path: 'models/*', until: 2026-11-24", TODAY),
        ("path: 'other/*', until: 2026-12-24", TODAY),
        (f"sha256: {'cd' * 32}, until: 2026-12-24", TODAY),
        (f"sha256: {DIGEST}, path: 'other/*', until: 2026-12-24", TODAY),
        ("path: 'models/*', until: 2026-12-24", None),
    ],
    ids=["ended", "another path", "other content", "content moved away", "no day"],
)
def test_a_waiver_holds_for_nothing_else(
    waiver: str, today: datetime.date | None, artifact: Callable[..., Artifact]
) -> None:
    judgement = _judged(_policy(waiver), artifact(evidence=(), sha256=DIGEST), today=today)
    assert judgement.outcome is Outcome.BLOCKED
    assert judgement.waived == ()


def test_a_waiver_holds_on_its_last_day(artifact: Callable[..., Artifact]) -> None:
    assert _judged(_policy("path: '**', until: 2026-11-25"), artifact(evidence=())).outcome is Outcome.PASS


def test_a_waiver_is_for_one_rule(artifact: Callable[..., Artifact]) -> None:
    large = artifact(evidence=(), size=60 * 1024**2)
    judgement = _judged(_policy("path: '**', until: 2026-12-24"), large)
    assert "artifact-too-large" in {finding.rule for finding in judgement.findings}


def test_what_the_whole_change_is_told_is_waived_by_the_rule_alone(artifact: Callable[..., Artifact]) -> None:
    written = "{rule: merge-request-too-large, reason: the move to the new layout, until: 2026-12-24}"
    policy = load_policy(f"version: 1\nwaivers:\n  - {written}\n".encode(), name=".weighbridge.yml")
    many = [artifact(f"models/{number}.safetensors", size=90 * 1024**2) for number in range(3)]
    (waived,) = _judged(policy, *many).waived
    assert (waived.finding.rule, waived.finding.path) == ("merge-request-too-large", None)
    ended = _judged(policy, *many, today=datetime.date(2026, 12, 25))
    assert "merge-request-too-large" in {finding.rule for finding in ended.findings}


def test_what_only_the_history_holds_is_waived_by_its_path(artifact: Callable[..., Artifact]) -> None:
    policy = load_policy(
        b"version: 1\nwaivers:\n"
        b"  - {rule: weight-in-history, path: 'models/*', reason: it is squashed, until: 2026-12-24}\n",
        name=".weighbridge.yml",
    )
    past = tuple(artifact(path, commit="1" * 40) for path in ("models/old.pt", "other/old.pt"))
    judgement = judge(Facts((), 0, past=past, today=TODAY), policy)
    assert [waived.finding.path for waived in judgement.waived] == ["models/old.pt"]
    assert [finding.path for finding in judgement.findings] == ["other/old.pt"]


@pytest.mark.parametrize("key", ["path: '**'", f"sha256: {DIGEST}"])
def test_a_waiver_of_a_rule_about_the_whole_change_names_no_weights(key: str) -> None:
    written = f"{{rule: repository-growth, {key}, reason: the move to the new layout, until: 2026-12-24}}"
    with pytest.raises(PolicyError, match="`repository-growth` judges the merge request as a whole: leave out `path`"):
        load_policy(f"version: 1\nwaivers:\n  - {written}\n".encode(), name=".weighbridge.yml")


@pytest.mark.parametrize(
    ("waiver", "message"),
    [
        ("until: 2026-12-24", "A waiver needs a `path`, a `sha256` or both"),
        ("path: a", "waivers.0.until: This key is required"),
        ("path: a, until: soon", "waivers.0.until"),
        ("sha256: abc, until: 2026-12-24", "waivers.0.sha256"),
    ],
)
def test_a_waiver_that_says_too_little_is_a_mistake(waiver: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        _policy(waiver)


def test_what_the_baseline_holds_is_not_judged(artifact: Callable[..., Artifact], guix: Policy) -> None:
    old, new = artifact("models/old.pt", evidence=(), sha256=DIGEST), artifact("models/new.pt", evidence=())
    policy = guix.with_baseline(read(write([old]).encode()))
    moved = dataclasses.replace(old, path="elsewhere/old.pt", status=ChangeStatus.RENAMED, oid="1" * 40)
    judgement = _judged(policy, moved, new)
    assert judgement.known == ("elsewhere/old.pt",)
    assert {finding.path for finding in judgement.findings} == {"models/new.pt"}


def test_a_model_with_one_new_part_is_judged(artifact: Callable[..., Artifact], guix: Policy) -> None:
    shard = Part("models/2.safetensors", 10, 10, "2" * 40)
    old = artifact(evidence=(), parts=(shard,))
    policy = guix.with_baseline(read(write([old]).encode()))
    assert _judged(policy, old).outcome is Outcome.PASS
    other = dataclasses.replace(old, parts=(dataclasses.replace(shard, oid="3" * 40),))
    assert _judged(policy, other).outcome is Outcome.BLOCKED


def test_a_baseline_reads_line_by_line_and_is_the_same_whatever_the_order(artifact: Callable[..., Artifact]) -> None:
    listed = [artifact("b\udcff.pt"), artifact("a.pt", sha256=DIGEST)]
    text = write(listed)
    assert text == write(reversed(listed))
    assert [line.split('"path": ')[1].split(",")[0] for line in text.splitlines()[1:-1]] == [
        '"a.pt"',
        '"b\\\\udcff.pt"',
    ]
    assert read(write([]).encode()).sha256 == frozenset()


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[" * 100_000, b"\xff", b'{"schema": "weighbridge/baseline/v1", "weights": [1]}']
)
def test_a_broken_baseline_is_refused_with_the_way_out(content: bytes) -> None:
    with pytest.raises(BaselineError, match="write it anew with `weighbridge baseline`"):
        read(content)
