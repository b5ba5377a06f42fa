from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.settings import Settings
from bot.store.records import Delivery, DeliveryState
from bot.store.store import Store
from rules.facts import (
    Artifact,
    ChangeStatus,
    Confidence,
    Detection,
    Facts,
    LoadingSafety,
    LoadingVerdict,
    MergeRequest,
)
from rules.findings import Finding, Judgement, Outcome, PolicyOrigin, Remedy, Severity

MakeJudgement = Callable[..., Judgement]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database_url: str, clock: Clock) -> Iterator[Store]:
    store = Store(Settings(database_url=database_url).database_url, clock)
    store.migrate()
    yield store
    store.close()


@pytest.fixture
def delivery() -> Callable[..., Delivery]:
    def make(identity: str, state: DeliveryState = DeliveryState.RECEIVED, key: str = "github:h:1:1") -> Delivery:
        return Delivery(
            id=f"github:{identity}",
            forge="github",
            event="pull_request.opened",
            state=state,
            received_at=datetime(2026, 11, 1, tzinfo=UTC),
            work={"number": 1, "head": None},
            merge_request_key=key,
        )

    return make


@pytest.fixture
def judgement() -> MakeJudgement:
    def make(
        *rules: str, path: str = "model.bin", head: str = "a" * 40, severity: Severity = Severity.BLOCKING
    ) -> Judgement:
        artifact = Artifact(
            path=path,
            status=ChangeStatus.ADDED,
            detection=Detection(
                format="gguf",
                title="GGUF",
                is_weight=True,
                confidence=Confidence.CERTAIN,
                loading=LoadingVerdict(LoadingSafety.SAFE),
                parameters=8_000_000_000,
            ),
            size=4_700_000_000,
            size_in_git=130,
            oid="b" * 40,
            sha256="c" * 64,
        )
        findings = tuple(
            Finding(rule, severity, path, f"The rule {rule} speaks", "because", Remedy(("do it",))) for rule in rules
        )
        merge_request = MergeRequest(
            forge="github",
            host="github.example",
            repository_id="7",
            repository="lab/voices",
            number=3,
            title="Add a voice",
            author="ada",
            url="https://github.example/lab/voices/pull/3",
            source_branch="voice",
            target_branch="main",
            head=head,
            base="d" * 40,
        )
        outcome = Outcome.BLOCKED if rules else Outcome.PASS
        return Judgement(Facts((artifact,), 1, (), merge_request), findings, PolicyOrigin("pack guix", "guix"), outcome)

    return make
