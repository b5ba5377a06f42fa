"""The last good policies, and the bytes that merged merge requests brought, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.store.records import KeptPolicy
from bot.store.store import GROWTH_DAYS, Store
from rules.facts import Growth, Pointer
from rules.findings import Judgement

MakeJudgement = Callable[..., Judgement]
PLACE = "github:github.example:7:main"
DAY = 24 * 3600


def policy(text: str = "version: 1\n", commit: str | None = "a" * 40) -> KeptPolicy:
    return KeptPolicy({".weighbridge.yml": text, "odd \udcff.yml": "\udcfe\0\\"}, commit, "https://github.example/x")


def test_a_policy_is_kept_as_it_was_until_another_takes_its_place(store: Store) -> None:
    assert store.last_policy(PLACE) is None
    store.keep_policy(PLACE, policy())
    assert store.last_policy(PLACE) == policy()
    store.keep_policy(PLACE, policy("version: 1\nmode: observe\n", "b" * 40))
    assert store.last_policy(PLACE) == policy("version: 1\nmode: observe\n", "b" * 40)
    assert store.last_policy("github:github.example:7:stable") is None


def test_the_same_policy_at_a_later_commit_is_not_written_anew(store: Store) -> None:
    store.keep_policy(PLACE, policy())
    store.keep_policy(PLACE, policy(commit="b" * 40))
    assert store.last_policy(PLACE) == policy()


def test_a_policy_that_was_removed_is_forgotten(store: Store) -> None:
    store.keep_policy(PLACE, None)
    store.keep_policy(PLACE, policy())
    store.keep_policy(PLACE, None)
    assert store.last_policy(PLACE) is None


def test_reviews_side_by_side_keep_a_policy_without_harm(store: Store) -> None:
    gate = threading.Barrier(6)
    failures: list[Exception] = []

    def keep() -> None:
        gate.wait()
        try:
            store.keep_policy(PLACE, policy())
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=keep) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.last_policy(PLACE) == policy()


def brought(judgement: Judgement, number: int, *, pointer: bool = False, repository: str = "7") -> Judgement:
    """The judgement of merge request `number`, which brings 1,000 bytes to git or to LFS."""
    request = judgement.facts.merge_request
    assert request is not None
    request = replace(request, number=number, repository_id=repository)
    far = Pointer("git-lfs", "sha256", "e" * 64, 1000) if pointer else None
    artifact = replace(judgement.facts.artifacts[0], size=1000, size_in_git=130 if pointer else 1000, pointer=far)
    return replace(judgement, facts=replace(judgement.facts, artifacts=(artifact,), merge_request=request))


def end(store: Store, judgement: Judgement, state: str) -> None:
    assert judgement.facts.merge_request is not None
    store.note_state(replace(judgement.facts.merge_request, state=state))


def test_what_merged_merge_requests_brought_is_summed_for_their_repository(
    store: Store, judgement: MakeJudgement
) -> None:
    key = "github:github.example:7"
    assert store.growth(key) is None, "nobody has ever counted"
    in_git, in_store = brought(judgement(), 1), brought(judgement(), 2, pointer=True)
    still_open, refused = brought(judgement(), 3), brought(judgement(), 4)
    elsewhere = brought(judgement(), 1, repository="77")
    for one in (in_git, in_store, still_open, refused, elsewhere):
        store.record(one, "{}")
    assert store.growth(key) == Growth(GROWTH_DAYS, 0, 0)
    for one in (in_git, in_store, elsewhere):
        end(store, one, "merged")
    end(store, refused, "closed")
    assert store.growth(key) == Growth(GROWTH_DAYS, 1000, 1000)


def test_what_was_merged_long_ago_does_not_count_however_often_it_is_told(
    store: Store, judgement: MakeJudgement, clock: Any
) -> None:
    old = brought(judgement(), 1)
    store.record(old, "{}")
    end(store, old, "merged")
    clock.pass_by((GROWTH_DAYS - 1) * DAY)
    end(store, old, "merged")
    new = brought(judgement(), 2)
    store.record(new, "{}")
    end(store, new, "merged")
    clock.pass_by(2 * DAY)
    assert store.growth("github:github.example:7") == Growth(GROWTH_DAYS, 1000, 0)


def test_a_merge_request_that_is_opened_again_counts_no_more(store: Store, judgement: MakeJudgement) -> None:
    one = brought(judgement(), 1)
    store.record(one, "{}")
    end(store, one, "closed")
    store.record(one, "{}")
    report = store.merge_request_report("github:github.example:7:1")
    assert report is not None
    assert report.merge_request.state == "open"


def test_the_end_of_what_was_never_judged_is_passed_over(store: Store, judgement: MakeJudgement) -> None:
    end(store, judgement(), "merged")
    assert store.merge_requests() == []
