"""What a forge's answers tell of its limits, and what is made of a refusal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.forges.protocol import Metered, UnavailableError
from tests.forges.conftest import Scene


def test_what_is_left_is_known_from_the_last_answer_without_asking(scene: Scene) -> None:
    if not isinstance(scene.forge, Metered):
        pytest.skip("Forgejo tells nothing of limits")
    name = scene.repository.full_name
    assert scene.forge.quota(name) is None
    scene.forge.changes(scene.read())
    scene.world.misbehaviour.forget_requests()
    quota = scene.forge.quota(name)
    assert scene.world.misbehaviour.requests == []
    assert quota is not None
    assert 0 < quota.allowed - quota.remaining < 10
    assert datetime.now(UTC) < quota.anew_at <= datetime.now(UTC) + timedelta(hours=1, seconds=1)


def test_a_used_up_limit_names_the_time_to_wait(scene: Scene) -> None:
    if not isinstance(scene.forge, Metered):
        pytest.skip("Forgejo has no limits")
    merge_request = scene.read()
    limits = scene.world.limits
    limits.github.requests_per_hour = limits.github.points_per_hour = limits.gitlab.requests_per_minute = 1
    with pytest.raises(UnavailableError) as refused:
        scene.forge.changes(merge_request)
    assert refused.value.retry_after is not None
    assert 0 < refused.value.retry_after <= 3_600


def test_the_limit_of_graphql_alone_is_a_limit_too(github: Scene) -> None:
    merge_request = github.read()
    github.world.limits.github.points_per_hour = 0
    with pytest.raises(UnavailableError, match="limits our requests") as refused:
        github.forge.changes(merge_request)
    assert refused.value.retry_after is not None
    assert refused.value.retry_after > 60
