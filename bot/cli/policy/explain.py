"""`weighbridge policy explain`: why a rule weighs what it weighs for a path, and how to change that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from bot.cli.policy._loading import ORGANISATION, named
from rules.checks import all_checks
from rules.facts import ChangeStatus, Confidence
from rules.policy import POLICY_PATH, Policy, Voice
from rules.policy_errors import choice


@click.command("explain")
@click.argument("rule")
@click.argument("path")
@click.option("--policy", "word", default=POLICY_PATH, show_default=True, help="A file, or `pack:NAME`.")
@ORGANISATION
@click.option(
    "--confidence", type=click.Choice([each.label for each in Confidence]), default="certain", show_default=True
)
@click.option("--status", type=click.Choice([each.value for each in ChangeStatus]), default="added", show_default=True)
def command(rule: str, path: str, *, word: str, organisation: Path | None, confidence: str, status: str) -> None:
    """Say what RULE weighs for weights at PATH, who says so, and how to turn it down."""
    policy = named(word, organisation)
    if rule not in all_checks():
        raise click.UsageError(choice(rule, all_checks(), "known rule"))
    for line in _lines(policy, rule, path, Confidence[confidence.upper()], ChangeStatus(status)):
        click.echo(line)


def _lines(policy: Policy, rule: str, path: str, confidence: Confidence, status: ChangeStatus) -> Iterator[str]:
    check = all_checks()[rule]
    setting = policy.at(path, confidence, status).setting(rule)
    yield f"{rule}: {check.title}."
    if policy.ignores(path):
        yield f"{path} is under `ignore`, so nothing is judged there."
    if confidence < setting.speaks_from:
        yield f"It is silent here: it speaks from {setting.speaks_from.label} on."
    for case, weight in setting.weights.items():
        if case is None and len(setting.weights) > 1:
            continue
        word = "off" if weight.severity is None else weight.severity.label
        yield f"  {word}{f' for {case}: {check.cases[case]}' if case else ''}"
        if weight.citation is not None:
            source = f" {weight.citation.url}" if weight.citation.url else ""
            yield f"    because of: {weight.citation.title}.{source}"
            if weight.citation.note:
                yield f"    note: {weight.citation.note}"
    yield "Who has a say, the first that speaks of it decides:"
    for voice in policy.voices(path, confidence, status):
        yield f"  {_said(voice, rule)}"
    yield f"  the rule itself: {check.severity.label}"
    for waiver in policy.waivers:
        if waiver.rule == rule:
            yield f"Waived for {waiver.subject} until {waiver.until.isoformat()}: {waiver.reason}"
    yield f"To turn it down for all weights, write into {POLICY_PATH} on the target branch:"
    yield f"  rules:\n    {rule}: info"
    yield "or for these alone:"
    yield f"  scopes:\n    - paths: {path}\n      rules: {{{rule}: info}}"


def _said(voice: Voice, rule: str) -> str:
    entry = voice.body.rules.get(rule)
    if entry is None:
        return f"{voice.name}: does not speak of it"
    said = entry.model_dump(by_alias=True, exclude_defaults=True, exclude={"citation", "criterion"})
    line = voice.line("rules", rule)
    told = ", ".join(f"{key} {value}" for key, value in said.items()) or "only where it comes from"
    return f"{voice.name}{f', line {line}' if line else ''}: {told}"
