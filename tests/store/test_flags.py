"""The life of a flag: opened, fixed, reopened, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable

from bot.store.records import FlagState
from bot.store.store import Store
from rules.findings import Judgement, Severity

MakeJudgement = Callable[..., Judgement]
KEY = "github:github.example:7:3"


def test_a_finding_becomes_an_open_flag_with_its_merge_request(store: Store, judgement: MakeJudgement) -> None:
    store.record(judgement("license-missing"), "{}")
    [flag] = store.open_flags()
    assert (flag.rule, flag.severity, flag.path, flag.state) == (
        "license-missing",
        "blocking",
        "model.bin",
        FlagState.OPEN,
    )
    assert (flag.merge_request.repository, flag.merge_request.number) == ("lab/voices", 3)
    assert flag.merge_request.open_flags == 1
    assert store.count_open_flags() == {"blocking": 1}


def test_the_same_judgement_twice_changes_nothing(store: Store, judgement: MakeJudgement) -> None:
    for _ in range(2):
        store.record(judgement("license-missing", "not-in-lfs"), "{}")
    assert len(store.open_flags()) == 2
    report = store.merge_request_report(KEY)
    assert report is not None
    assert len(report.artifacts) == 1
    assert report.artifacts[0].parameters == 8_000_000_000


def test_a_flag_is_fixed_when_its_finding_is_gone_and_reopened_when_it_is_back(
    store: Store, judgement: MakeJudgement, clock: Callable[[], object]
) -> None:
    store.record(judgement("license-missing"), "{}")
    clock.pass_by(60)  # type: ignore[attr-defined]
    store.record(judgement(head="e" * 40), "{}")
    assert store.open_flags() == []
    report = store.merge_request_report(KEY)
    assert report is not None
    assert [(flag.state, flag.closed_at) for flag in report.flags] == [(FlagState.FIXED, clock())]
    store.record(judgement("license-missing", severity=Severity.WARNING), "{}")
    [flag] = store.open_flags()
    assert (flag.severity, flag.reopened, flag.closed_at) == ("warning", 1, None)


def test_hostile_paths_are_kept_as_they_are(store: Store, judgement: MakeJudgement) -> None:
    path = "a\\u0000b\0c\udcff\\\\d\n/merge"
    store.record(judgement("license-missing", path=path), "{}")
    [flag] = store.open_flags()
    assert flag.path == path


def test_two_workers_may_record_at_once(store: Store, judgement: MakeJudgement) -> None:
    store.record(judgement("license-missing"), "{}")
    failures: list[Exception] = []

    def record(head: str) -> None:
        try:
            for _ in range(5):
                store.record(judgement("license-missing", "not-in-lfs", head=head), "{}")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=record, args=(letter * 40,)) for letter in "ef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(store.open_flags()) == 2


def test_a_merge_request_nobody_judged_has_no_report(store: Store) -> None:
    assert store.merge_request_report("github:github.example:7:4") is None


def test_migrating_twice_is_migrating_once(store: Store) -> None:
    store.migrate()
    assert store.is_current()
