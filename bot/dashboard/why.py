"""What the page that every comment links to says about the rules: their titles, and what each pack makes of them."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from rules.checks import all_checks
from rules.packs import pack_names
from rules.policy import RuleSetting, pack_policy


@dataclass(frozen=True)
class RuleEntry:
    """One rule on the page."""

    id: str
    title: str
    checks: str
    """Markdown: what it looks at."""
    remedy: str
    """Markdown: what to do about it."""
    packs: tuple[tuple[str, tuple[str, ...]], ...]
    """What each pack makes of it: severities, strongest first; several where its cases weigh differently."""


@functools.cache
def rule_entries() -> tuple[RuleEntry, ...]:
    """Every rule, in alphabetical order."""
    policies = {name: pack_policy(name) for name in pack_names()}
    return tuple(
        RuleEntry(
            check.id,
            check.title.rstrip("."),
            check.sections["What it checks"],
            check.sections["How to fix"],
            tuple((name, _severities(policy.setting(check.id))) for name, policy in policies.items()),
        )
        for check in all_checks().values()
    )


def _severities(setting: RuleSetting) -> tuple[str, ...]:
    # A rule with cases weighs its problems by them alone.
    cases = [weight for case, weight in setting.weights.items() if case is not None]
    found = {weight.severity for weight in cases or [setting.weight_of(None)]}
    spoken = tuple(severity.label for severity in sorted((one for one in found if one is not None), reverse=True))
    return (*spoken, "off") if None in found else spoken
