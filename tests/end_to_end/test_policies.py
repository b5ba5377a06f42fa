"""Policies over the whole line: the organisation's, a broken one, a proposed one, and what was merged before."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox import weights
from bot.sandbox.model import Access
from tests.end_to_end.conftest import BOT

SUCCESS = {"github": "success", "gitlab": "success"}
FAILURE = {"github": "failure", "gitlab": "failed"}
STRICT = b"version: 1\nlicenses: {inherit: false, accept: [mit]}\nrules: {repository-growth: {options: {git: 1 KiB}}}\n"


@pytest.mark.parametrize("forge", ["github", pytest.param("gitlab", marks=pytest.mark.chaos)])
def test_the_life_of_a_policy(running: Any, forge: str) -> None:
    world = running.world
    shared = world.create_repository("lab/.weighbridge", files={".weighbridge.yml": STRICT}, forge=forge)
    world.grant(shared, BOT, Access.READ)
    repository = running.repository(forge)
    model = {"m/model.safetensors": weights.apache_safetensors()}

    first = running.propose(repository, model, "under-the-organisation")
    running.wait()
    assert running.status(first).state == FAILURE[forge]
    [summary] = running.summaries(first)
    assert "Judged by [`lab/.weighbridge`](" in summary.body
    assert f"({running.url}/why)" in summary.body

    proposal = {".weighbridge.yml": b"version: 1\nlicenses: {accept: [apache-2.0]}\n", **model}
    second = running.propose(repository, proposal, "with-a-policy")
    running.wait()
    assert running.status(second).state == FAILURE[forge], "the new policy decides nothing yet"
    [summary] = running.summaries(second)
    assert "### The policy that this change proposes" in summary.body
    assert "nothing would block" in summary.body
    world.merge(second)
    running.wait()

    larger = {"n/model.safetensors": weights.apache_safetensors() + bytes(8)}
    third = running.propose(repository, larger, "after-the-merge")
    running.wait()
    [summary] = running.summaries(third)
    assert "`license-not-accepted`" not in summary.body
    assert "built on `lab/.weighbridge`" in summary.body
    assert "`repository-growth`" in summary.body

    world.commit(repository, "main", {".weighbridge.yml": b"version: 1\nlicences: {}\n"}, "Break it", "ada")
    fourth = running.propose(repository, larger, "under-a-broken-policy")
    running.wait()
    [summary] = running.summaries(fourth)
    assert "so the last version of it that could be used" in summary.body
    assert ".weighbridge.yml:2: licences: " in summary.body
    assert "`license-not-accepted`" not in summary.body
