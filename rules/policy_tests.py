"""The examples that a policy carries, run: what each expects and what the policy makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from rules.examples import ArtifactExample, ChangeExample, facts_from
from rules.findings import Judgement
from rules.policy import Policy
from rules.policy_errors import from_validation
from rules.policy_file import ExampleEntry, ExpectationEntry
from rules.runner import judge


@dataclass(frozen=True)
class ExampleResult:
    """How one example went."""

    name: str
    line: int | None
    """Line of the policy file where it stands."""
    failures: tuple[str, ...]
    """What is not as expected, one sentence each; empty where it passed."""


def run_tests(policy: Policy) -> tuple[ExampleResult, ...]:
    """Run the examples of the policy's nearest file."""
    lines = policy.layers[0].lines
    return tuple(
        ExampleResult(test.name, lines.get(("tests", index)), tuple(_failures(test, policy)))
        for index, test in enumerate(policy.tests)
    )


def _failures(test: ExampleEntry, policy: Policy) -> Iterator[str]:
    try:
        facts = facts_from(test.given, test.change)
    except ValidationError as error:
        model = ChangeExample if error.title == ChangeExample.__name__ else ArtifactExample
        for problem in from_validation(error, model, {}):
            yield f"The example cannot be read: {problem.key}: {problem.message}"
        return
    yield from _differences(test.expect, judge(facts, policy))


def _differences(expected: ExpectationEntry, judgement: Judgement) -> Iterator[str]:
    found: dict[str, str] = {}
    for finding in judgement.findings:  # strongest first
        found.setdefault(finding.rule, finding.severity.label)
    if expected.outcome is not None and judgement.outcome.value != expected.outcome:
        because = ", ".join(f"{rule} ({severity})" for rule, severity in found.items()) or "no finding"
        yield f"The outcome is {judgement.outcome.value}, expected was {expected.outcome}: {because}."
    wanted = {**(expected.findings or {}), **expected.includes}
    for rule, severity in wanted.items():
        actual = found.get(rule, "off")
        if actual != severity:
            yield f"{rule} is {_silent(actual)}, expected was {_silent(severity)}."
    if expected.findings is not None:
        for rule in sorted(found.keys() - wanted.keys()):
            yield f"{rule} speaks ({found[rule]}), expected was silence."


def _silent(word: str) -> str:
    return "silent" if word == "off" else word
