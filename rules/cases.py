"""Models that people know, and what a pack makes of each of them."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from rules.examples import facts_from
from rules.facts import Facts
from rules.findings import Citation, Outcome, Severity
from rules.policy import pack_policy
from rules.runner import judge
from rules.safe_yaml import load

_TABLE_LIMIT = 64 * 1024
"""Bytes; the table is ours and has some seven kilobytes."""

_APPROVED = {"author": "author", "approvals": ["reviewer"]}
"""So that a pack which wants a review is asked about the model."""

_LICENSE_RULE = "license-not-accepted"
"""The rule whose criterion a model passes by that nothing blocks."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    source: str = Field(pattern=r"^https://\S+$")
    given: dict[str, object]


@dataclass(frozen=True)
class Case:
    """One model."""

    name: str
    source: str
    """Where its licence is stated."""
    facts: Facts


@dataclass(frozen=True)
class Verdict:
    """What a pack makes of a case."""

    outcome: Outcome
    decided: tuple[Citation, ...]
    """What it rests on: the criteria that block, or where none does, the one that lets the licence pass."""
    told: tuple[Citation, ...]
    """The criteria of warnings beside it."""


@functools.cache
def cases() -> tuple[Case, ...]:
    """All cases, in the order of the table."""
    table, _ = load(resources.files(__package__).joinpath("cases.yml").read_bytes(), limit=_TABLE_LIMIT)
    entries = TypeAdapter(tuple[_Entry, ...]).validate_python(table)
    return tuple(Case(entry.name, entry.source, facts_from(entry.given, _APPROVED)) for entry in entries)


def verdict(case: Case, pack: str) -> Verdict:
    """What a pack makes of a case. Raises PolicyError where there is no such pack."""
    policy = pack_policy(pack)
    judgement = judge(case.facts, policy)
    blocking = _citations(finding.citation for finding in judgement.of(Severity.BLOCKING))
    lets_pass = policy.setting(_LICENSE_RULE).weight_of(None).citation
    return Verdict(
        judgement.outcome,
        blocking or _citations([lets_pass]),
        tuple(
            citation
            for citation in _citations(finding.citation for finding in judgement.of(Severity.WARNING))
            if citation not in blocking
        ),
    )


def _citations(citations: Iterable[Citation | None]) -> tuple[Citation, ...]:
    """Each once, in order."""
    return tuple(dict.fromkeys(citation for citation in citations if citation is not None))
