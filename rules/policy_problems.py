"""What is wrong with a policy file beyond its schema: names of packs, rules, cases, options, criteria and licences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from pydantic import ValidationError

from rules.checks import Check, all_checks
from rules.licenses import normalise
from rules.packs import pack_names
from rules.policy_errors import Key, Lines, PolicyProblem, choice, from_validation, problem_at
from rules.policy_file import CriterionEntry, LicensesEntry, PackFile, PolicyFile, RuleEntry, ScopeEntry
from rules.policy_licenses import SELECTOR_WORDS, is_selector, selector_names
from rules.text import code

LOCKABLE = tuple("mode block-from on-error threads labels ignore licenses rules scopes waivers extends".split())
"""Keys that an organisation can keep for itself; `rules.RULE` is one too."""


def is_path(name: str) -> bool:
    """True where a word of `extends` means a file and no pack."""
    return "/" in name or name.endswith((".yml", ".yaml"))


def problems_in(file: PolicyFile, lines: Lines) -> Iterator[PolicyProblem]:
    """Every problem, each on its line."""
    criteria = file.pack.criteria if isinstance(file, PackFile) else {}
    yield from _in_names(file, lines)
    yield from _in_body(file, (), criteria, lines)
    for index, scope in enumerate(file.scopes):
        if not scope.is_conditional:
            message = "A scope needs `paths`, `except`, `confidence` or `status`; what holds for all goes outside."
            yield problem_at(("scopes", index), message, lines)
        yield from _in_body(scope, ("scopes", index), criteria, lines)
    yield from _in_exceptions(file, lines)


def _in_names(file: PolicyFile, lines: Lines) -> Iterator[PolicyProblem]:
    for index, name in enumerate(file.extends):
        if not is_path(name) and name not in pack_names():
            yield problem_at(("extends", index), choice(name, pack_names(), "known pack or path of a file"), lines)
    for kind, words in (("locked", file.locked), ("open", file.open)):
        for index, word in enumerate(words):
            if not _is_lockable(word):
                known = [*LOCKABLE, *(f"rules.{rule}" for rule in all_checks())]
                yield problem_at((kind, index), choice(word, [*LOCKABLE, "*", "rules.RULE"], "key", known), lines)


def _in_exceptions(file: PolicyFile, lines: Lines) -> Iterator[PolicyProblem]:
    for index, waiver in enumerate(file.waivers):
        check = all_checks().get(waiver.rule)
        if check is None:
            yield problem_at(("waivers", index, "rule"), choice(waiver.rule, all_checks(), "known rule"), lines)
        named = [key for key in ("path", "sha256") if getattr(waiver, key) is not None]
        if check is not None and check.is_about_change:
            message = f"`{check.id}` judges the merge request as a whole: leave out `path` and `sha256`."
            yield from (problem_at(("waivers", index, key), message, lines) for key in named)
        elif not named:
            message = "A waiver needs a `path`, a `sha256` or both: what it is for must be said."
            yield problem_at(("waivers", index), message, lines)
    for index, test in enumerate(file.tests):
        for rule in {**(test.expect.findings or {}), **test.expect.includes}:
            if rule not in all_checks():
                yield problem_at(("tests", index, "expect"), choice(rule, all_checks(), "known rule"), lines)


def _is_lockable(word: str) -> bool:
    return word in {"*", *LOCKABLE} or any(fnmatchcase(f"rules.{rule}", word) for rule in all_checks())


def _in_body(
    body: PolicyFile | ScopeEntry, prefix: Key, criteria: Mapping[str, CriterionEntry], lines: Lines
) -> Iterator[PolicyProblem]:
    yield from _in_licenses(body.licenses, (*prefix, "licenses"), lines)
    for rule, entry in body.rules.items():
        check = all_checks().get(rule)
        key = (*prefix, "rules", rule)
        if check is None:
            yield problem_at(key, choice(rule, all_checks(), "known rule"), lines)
            continue
        yield from _in_rule(check, entry, key, lines)
        if entry.criterion is not None and entry.criterion not in criteria:
            yield problem_at((*key, "criterion"), choice(entry.criterion, criteria, "criterion of this file"), lines)


def _in_licenses(licenses: LicensesEntry, key: Key, lines: Lines) -> Iterator[PolicyProblem]:
    for kind, words in (("accept", licenses.accept), ("deny", licenses.deny), ("review", licenses.review)):
        for index, word in enumerate(words):
            if is_selector(word):
                continue
            meant = normalise(word).expression
            if meant is not None and is_selector(meant):
                message = f"{code(word)} is no SPDX identifier; the one of that licence is {code(meant)}."
            else:
                message = choice(word, SELECTOR_WORDS, "SPDX identifier, category or view", selector_names())
            yield problem_at((*key, kind, index), message, lines)


def _in_rule(check: Check, entry: RuleEntry, key: Key, lines: Lines) -> Iterator[PolicyProblem]:
    for case in entry.cases:
        if case not in check.cases:
            yield problem_at((*key, "cases", case), choice(case, check.cases, "case of this rule"), lines)
    try:
        check.options.model_validate(dict(entry.options))
    except ValidationError as error:
        yield from from_validation(error, check.options, lines, (*key, "options"))
