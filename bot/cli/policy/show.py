"""`weighbridge policy show`: everything that a policy adds up to, and which file says it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from bot.cli.policy._loading import ORGANISATION, argument, named
from rules.checks import all_checks
from rules.policy import Policy, RuleSetting, Weight
from rules.text import size


@click.command("show")
@argument("policy")
@ORGANISATION
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(policy: str, organisation: Path | None, style: str) -> None:
    """Print what a policy says of every rule and licence, with the file and line that decides."""
    shown = named(policy, organisation)
    if style == "json":
        click.echo(json.dumps(_plain(shown), indent=2, default=str))
        return
    for line in _lines(shown):
        click.echo(line)


def _lines(policy: Policy) -> Iterator[str]:
    yield f"policy: {policy.origin.name}"
    if policy.origin.stack:
        yield f"built on: {', '.join(policy.origin.stack)}"
    yield f"guideline: {policy.pack.title} ({policy.pack.status.value}, {policy.pack.source})"
    yield f"mode: {policy.mode.value}"
    yield f"block-from: {policy.block_from.label}"
    yield f"on-error: {policy.on_error.value}"
    yield f"threads: {policy.threads_from.label if policy.threads_from else 'off'}"
    yield from (f"remark: {remark}" for remark in policy.origin.remarks)
    if policy.ignored:
        yield f"ignore: {', '.join(policy.ignored)}"
    yield "licenses, the first list that speaks of a licence decides:"
    for lists in policy.licenses:
        for kind, words in (("deny", lists.deny), ("review", lists.review), ("accept", lists.accept)):
            if words.words:
                yield f"  {kind}: {', '.join(words.words)}"
    yield "rules:"
    for rule in all_checks():
        yield from _rule(rule, policy.setting(rule))
    for layer in policy.layers:
        for scope in layer.file.scopes:
            yield f"scope of {layer.name}: {scope.model_dump_json(by_alias=True, exclude_defaults=True)}"
    for waiver in policy.waivers:
        what = waiver.path or f"sha256 {waiver.sha256}"
        yield f"waiver of {waiver.rule} for {what} until {waiver.until.isoformat()}: {waiver.reason}"


def _rule(rule: str, setting: RuleSetting) -> Iterator[str]:
    weights = setting.weights
    if len({weight.severity for weight in weights.values()}) == 1:
        yield f"  {rule}: {_weight(weights[None])}"
    else:
        yield f"  {rule}:"
        for case, weight in weights.items():
            if case is not None:
                yield f"    {case}: {_weight(weight)}"
    for name, value in setting.options.model_dump(by_alias=True).items():
        yield f"    option {name}: {_value(value)}"


def _weight(weight: Weight) -> str:
    word = "off" if weight.severity is None else weight.severity.label
    if weight.source is None:
        return f"{word}  (the rule's own default)"
    return f"{word}  ({weight.source}{f', line {weight.line}' if weight.line else ''})"


def _value(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1024:
        return size(value)
    return "off" if value is None else str(value)


def _plain(policy: Policy) -> Mapping[str, object]:
    return {
        "policy": policy.origin.name,
        "stack": policy.origin.stack,
        "remarks": policy.origin.remarks,
        "mode": policy.mode.value,
        "block-from": policy.block_from.label,
        "on-error": policy.on_error.value,
        "threads": policy.threads_from.label if policy.threads_from else "off",
        "labels": {"weights": policy.labels.weights, "blocked": policy.labels.blocked},
        "ignore": policy.ignored,
        "licenses": [
            {"accept": lists.accept.words, "deny": lists.deny.words, "review": lists.review.words}
            for lists in policy.licenses
        ],
        "rules": {rule: _plain_rule(policy.setting(rule)) for rule in all_checks()},
        "waivers": [
            {
                "rule": waiver.rule,
                "path": waiver.path,
                "sha256": waiver.sha256,
                "reason": waiver.reason,
                "until": waiver.until,
            }
            for waiver in policy.waivers
        ],
    }


def _plain_rule(setting: RuleSetting) -> Mapping[str, object]:
    return {
        "severity": {
            case or "otherwise": {
                "is": "off" if weight.severity is None else weight.severity.label,
                "source": weight.source,
                "line": weight.line,
                "criterion": weight.citation and weight.citation.criterion,
            }
            for case, weight in setting.weights.items()
        },
        "options": setting.options.model_dump(by_alias=True),
        "confidence": setting.speaks_from.label,
    }
