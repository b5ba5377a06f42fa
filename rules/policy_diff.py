"""How two policies differ, in clauses that people can review."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.checks import all_checks
from rules.findings import Severity
from rules.licenses.catalogue import catalogue
from rules.policy import Policy, RuleSetting
from rules.policy_licenses import Ruling
from rules.text import code, enumeration, size
from rules.waivers import Waiver

_NAMED = 8
"""Licences that a clause names; a view or a category stands for hundreds."""

_RULINGS = {
    Ruling.ACCEPTED: "accepted",
    Ruling.DENIED: "denied",
    Ruling.TO_REVIEW: "left to a person",
    Ruling.NOT_NAMED: "not spoken of",
}


def differences(old: Policy, new: Policy) -> tuple[str, ...]:
    """Clauses of Markdown, one for each difference; what only stands in another place is none."""
    return tuple(_differences(old, new))


def _differences(old: Policy, new: Policy) -> Iterator[str]:
    if old.mode is not new.mode:
        yield f"the mode is {code(new.mode)} instead of {code(old.mode)}"
    if old.block_from is not new.block_from:
        yield f"findings block from {code(new.block_from.label)} on instead of {code(old.block_from.label)}"
    if old.on_error is not new.on_error:
        yield f"what could not be seen whole is {code(new.on_error.value)} instead of {code(old.on_error.value)}"
    if old.threads_from is not new.threads_from:
        yield f"threads are opened from {_word(new.threads_from)} on instead of {_word(old.threads_from)}"
    if old.labels != new.labels:
        yield "the labels are others"
    for rule in all_checks():
        yield from _rule(rule, old.setting(rule), new.setting(rule))
    yield from _licenses(old, new)
    yield from _words("paths are left alone", old.ignored, new.ignored)
    yield from _words("scopes hold", _scopes(old), _scopes(new))
    yield from _words("waivers hold", _waivers(old.waivers), _waivers(new.waivers))


def _rule(rule: str, old: RuleSetting, new: RuleSetting) -> Iterator[str]:
    changed = {
        case: (old.weight_of(case).severity, new.weight_of(case).severity)
        for case in old.weights
        if old.weight_of(case).severity is not new.weight_of(case).severity
    }
    if len(changed) == len(old.weights) and len(set(changed.values())) == 1:
        changed = {None: next(iter(changed.values()))}
    for case, (before, after) in changed.items():
        if case is None and len(old.weights) > 1 and len(changed) > 1:
            continue  # a rule with cases weighs its problems by them
        where = f"{code(rule)}, case {code(case)}" if case else code(rule)
        yield f"{where} is {_word(after)} instead of {_word(before)}"
    before_options, after_options = old.options.model_dump(by_alias=True), new.options.model_dump(by_alias=True)
    for name, value in after_options.items():
        if before_options[name] != value:
            yield f"{code(rule)}: {code(name)} is {_shown(value)} instead of {_shown(before_options[name])}"
    if old.speaks_from is not new.speaks_from:
        yield f"{code(rule)} speaks from {code(new.speaks_from.label)} on instead of {code(old.speaks_from.label)}"


def _licenses(old: Policy, new: Policy) -> Iterator[str]:
    moved: dict[tuple[Ruling, Ruling], list[str]] = {}
    for license_ in sorted(set(catalogue().by_spdx_id.values()), key=lambda each: each.id):
        before, after = old.rule_on(license_), new.rule_on(license_)
        if before is not after:
            moved.setdefault((before, after), []).append(license_.id)
    for (before, after), names in moved.items():
        many = f"{len(names):,} licences are" if len(names) > 1 else "one licence is"
        rest = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        listed = ", ".join(code(name) for name in names[:_NAMED])
        yield f"{many} {_RULINGS[after]} instead of {_RULINGS[before]}: {listed}{rest}"


def _words(what: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    added, removed = [word for word in new if word not in old], [word for word in old if word not in new]
    if added:
        yield f"these {what} now: {enumeration([code(word) for word in added])}"
    if removed:
        yield f"no more these {what}: {enumeration([code(word) for word in removed])}"


def _scopes(policy: Policy) -> list[str]:
    return [
        f"{scope.name or 'scope'}: {scope.model_dump_json(by_alias=True, exclude_defaults=True, exclude={'name'})}"
        for layer in policy.layers
        for scope in layer.file.scopes
    ]


def _waivers(waivers: Sequence[Waiver]) -> list[str]:
    return [
        f"{waiver.rule} for {waiver.subject} until {waiver.until.isoformat()}: {waiver.reason}" for waiver in waivers
    ]


def _word(severity: Severity | None) -> str:
    return code("off" if severity is None else severity.label)


def _shown(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1024:
        return code(size(value))
    if value is None:
        return code("off")
    if isinstance(value, list | tuple):
        return enumeration([code(str(item)) for item in value]) or "empty"
    return code(str(value))
