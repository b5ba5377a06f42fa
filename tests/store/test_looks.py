"""Later looks at what was merged, and the flags that they open, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.store.records import FlagState, Look, LookResult
from bot.store.store import Store
from rules.facts import EvidenceKind, LicenseEvidence
from rules.findings import Finding, Judgement, Remedy, Severity

MakeJudgement = Callable[..., Judgement]
REPOSITORY = "github:github.example:7"
PRINT = "f" * 16


def _merge(store: Store, judgement: Judgement) -> int:
    """Keep it with a licence for its artifact, and as merged; returns the id of the artifact."""
    card = LicenseEvidence(EvidenceKind.MODEL_CARD, "README.md", "apache-2.0")
    facts = replace(judgement.facts, artifacts=(replace(judgement.facts.artifacts[0], evidence=(card,)),))
    store.record(replace(judgement, facts=facts), "{}")
    assert facts.merge_request is not None
    store.note_state(replace(facts.merge_request, state="merged"))
    [admitted] = store.admitted(REPOSITORY)
    [artifact] = admitted.artifacts
    assert (artifact.license, artifact.looked_at) == ("Apache-2.0", None)
    return artifact.id


def _drift(path: str) -> Finding:
    return Finding("license-drift", Severity.BLOCKING, path, "It changed", "because", Remedy(()))


def test_what_was_merged_waits_for_its_turn_and_then_for_the_next(
    store: Store, judgement: MakeJudgement, clock: Any
) -> None:
    store.record(judgement(), "{}")
    assert store.repositories_to_look_at(clock() + timedelta(days=1), 10) == [], "it is not merged"
    number = _merge(store, judgement())
    assert store.repositories_to_look_at(clock(), 10) == []
    clock.pass_by(60)
    assert store.repositories_to_look_at(clock(), 10) == [REPOSITORY]
    assert store.repositories_to_look_at(clock(), 10, "lab/others") == []
    store.note_look(LookResult(number, Look.SAME, "", PRINT, "e" * 40))
    assert store.repositories_to_look_at(clock(), 10, "lab/voices") == []
    clock.pass_by(60)
    assert store.repositories_to_look_at(clock(), 10, "lab/voices") == [REPOSITORY]
    store.note_look(LookResult(number, Look.INSIDE, "", PRINT, "e" * 40))
    clock.pass_by(60)
    assert store.repositories_to_look_at(clock(), 10) == []


def test_a_flag_on_the_repository_has_the_life_of_others_and_no_review_closes_it(
    store: Store, judgement: MakeJudgement
) -> None:
    number = _merge(store, judgement())
    for path in ("model.bin", "moved.bin"):
        store.note_look(LookResult(number, Look.CHANGED, "why", PRINT, "e" * 40, _drift(path)))
    [flag] = store.open_flags()
    assert (flag.on_repository, flag.path, flag.severity, flag.reopened) == (True, "moved.bin", "blocking", 0)
    assert flag.merge_request.open_flags == 1
    store.note_look(LookResult(number, Look.UNREADABLE, "hidden", PRINT, ""))
    assert len(store.open_flags()) == 1
    store.note_look(LookResult(number, Look.SAME, "", PRINT, "e" * 40))
    assert store.open_flags() == []
    store.note_look(LookResult(number, Look.CHANGED, "why", PRINT, "e" * 40, _drift("model.bin")))
    assert [one.reopened for one in store.open_flags()] == [1]
    store.record(judgement(), "{}")
    report = store.merge_request_report("github:github.example:7:3")
    assert report is not None
    assert [(one.rule, one.state) for one in report.flags] == [("license-drift", FlagState.OPEN)]
    store.note_look(LookResult(number, Look.SAME, "the artifact was judged anew", PRINT, "e" * 40))
    assert len(store.open_flags()) == 1
