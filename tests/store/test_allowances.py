"""What a forge still allows, noted by one worker and read by another."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errands import allowances
from bot.forges.protocol import Quota
from bot.intake.events import BranchPushed, InventoryRequested, ReviewRequested, Work
from bot.settings import Settings
from bot.store.records import Allowance
from bot.store.store import Store

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=20)


def at(**told: object) -> Allowance:
    return Allowance(**({"allowed": 5_000, "remaining": 4_000, "anew_at": LATER} | told))  # type: ignore[arg-type]


def pause(store: Store, *, is_waited_for: bool, now: datetime = NOW) -> float:
    return allowances.pause(store, "github:lab", is_waited_for=is_waited_for, now=now)


def test_nothing_is_known_of_an_account_that_never_asked(store: Store) -> None:
    assert store.allowance("github:lab") == Allowance()
    assert pause(store, is_waited_for=False) == 0


@pytest.mark.parametrize(
    ("told", "a_review", "a_backfill"),
    [
        (at(), 0, 0),
        (at(remaining=1_000), 0, 1_200),
        (at(remaining=1), 0, 1_200),
        (at(remaining=0), 1_200, 1_200),
        (at(remaining=0, anew_at=NOW - timedelta(seconds=1)), 0, 0),
        (at(not_before=NOW + timedelta(seconds=60)), 60, 60),
        (at(not_before=NOW - timedelta(seconds=60)), 0, 0),
        (Allowance(not_before=NOW + timedelta(seconds=7)), 7, 7),
    ],
)
def test_reviews_go_first_and_a_refusal_holds_for_all(
    store: Store, told: Allowance, a_review: float, a_backfill: float
) -> None:
    store.note_allowance("github:lab", told)
    assert pause(store, is_waited_for=True) == a_review
    assert pause(store, is_waited_for=False) == a_backfill
    assert allowances.pause(store, "github:other", is_waited_for=False, now=NOW) == 0


def test_an_earlier_end_of_a_refusal_does_not_shorten_a_later_one(store: Store) -> None:
    store.note_allowance("github:lab", at(not_before=LATER))
    store.note_allowance("github:lab", at(remaining=3_999, not_before=NOW))
    assert store.allowance("github:lab") == at(remaining=3_999, not_before=LATER)
    store.note_allowance("github:lab", Allowance(not_before=None))
    assert store.allowance("github:lab") == at(remaining=3_999, not_before=LATER)


def test_what_one_worker_learns_another_knows(store: Store, database_url: str) -> None:
    class Answered:
        def quota(self, repository: str) -> Quota | None:
            return Quota(5_000, 12, LATER) if repository == "lab/voices" else None

    allowances.note(store, "github:lab", Answered(), "lab/voices", retry_after=30)  # type: ignore[arg-type]
    other = Store(database_url)
    known = other.allowance("github:lab")
    assert (known.allowed, known.remaining, known.anew_at) == (5_000, 12, LATER)
    assert known.not_before is not None
    other.close()


OF_REPOSITORY = ("github", "github.example", "7", "Lab/voices")


@pytest.mark.parametrize(
    ("work", "waited_for"),
    [
        (ReviewRequested(*OF_REPOSITORY, "pull_request.opened", 1), True),
        (ReviewRequested(*OF_REPOSITORY, "check_run.rerequested", 1), True),
        (ReviewRequested(*OF_REPOSITORY, "push", 1), False),
        (ReviewRequested(*OF_REPOSITORY, "installation.created", 1), False),
        (BranchPushed(*OF_REPOSITORY, "push", "main", "0" * 40, None), False),
        (InventoryRequested(*OF_REPOSITORY, "backfill"), False),
    ],
)
def test_only_what_happens_at_a_merge_request_is_waited_for(work: Work, waited_for: bool) -> None:
    assert allowances.is_waited_for(work) is waited_for


def test_an_app_has_an_allowance_for_each_owner_and_a_token_one_for_all(tmp_path: Path) -> None:
    work = ReviewRequested(*OF_REPOSITORY, "push", 1)
    token = Settings(github_token="t")
    app = Settings(github_app_id=1, github_private_key="k")
    assert allowances.account_for(work, token) == "github"
    assert allowances.account_for(work, app) == "github:lab"


def test_workers_that_note_the_first_answer_at_the_same_moment_both_get_on(store: Store) -> None:
    start = threading.Barrier(8)

    def note(account: str) -> None:
        start.wait()
        store.note_allowance(account, at())

    for turn in range(5):
        with ThreadPoolExecutor(8) as workers:
            list(workers.map(note, [f"github:lab-{turn}"] * 8))
        assert store.allowance(f"github:lab-{turn}") == at()
