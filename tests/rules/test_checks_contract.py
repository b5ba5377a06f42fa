"""Every rule keeps the contract of its folder, and a new one needs no other edit."""

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path

import pytest

import rules.checks
from rules.checks import HEADINGS, all_checks, read_check
from rules.facts import Facts
from rules.policy import load_policy, pack_policy
from rules.runner import judge

NEW_RULE = '''"""Weights come on a Friday.

## What it checks
Nothing that matters.

## Why it matters
It does not.

## Example
Any.

## How to fix
Wait.

## References
- none
"""

from rules.checks import Problem
from rules.findings import Remedy, Severity

SEVERITY = Severity.INFO


def check_change(subjects, options):
    return Problem("It is Friday", "Fridays are short.", Remedy(("Wait for Monday.",)))
'''

RULES = [
    "artifact-too-large",
    "checksum-missing",
    "duplicate-artifact",
    "executes-code-on-load",
    "format-mismatch",
    "known-bad-artifact",
    "license-conflict",
    "license-drift",
    "license-duties-unmet",
    "license-missing",
    "license-not-accepted",
    "license-of-base-model",
    "license-only-from-repository",
    "license-unrecognised",
    "merge-request-too-large",
    "model-card-missing",
    "not-in-lfs",
    "origin-missing",
    "repository-growth",
    "review-missing",
    "training-data-missing",
    "training-recipe-missing",
]


def test_the_rules_of_the_house_are_found_by_their_files() -> None:
    assert [rule for rule in RULES if rule in all_checks()] == RULES


@pytest.mark.parametrize("rule", RULES)
def test_a_rules_docstring_is_a_whole_page(rule: str) -> None:
    check = all_checks()[rule]
    assert tuple(check.sections) == HEADINGS
    assert check.title and "\n" not in check.title
    assert "http" in check.sections["References"]
    assert "!" not in check.title + "".join(check.sections.values())


@pytest.mark.parametrize("rule", RULES)
def test_a_rules_page_names_its_options_and_cases(rule: str) -> None:
    check = all_checks()[rule]
    page = "".join(check.sections.values())
    names = [field.alias or name for name, field in check.options.model_fields.items()]
    assert all(f"`{name}`" in page for name in [*names, *(case for case in check.cases if case not in names)])


def test_a_rule_is_one_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "friday.py").write_text(NEW_RULE)
    monkeypatch.setattr(rules.checks, "__path__", [*rules.checks.__path__, str(tmp_path)])
    caches = (all_checks, pack_policy)
    try:
        _forget(caches)
        importlib.invalidate_caches()
        (finding,) = judge(Facts((), 0), pack_policy("guix")).findings
        assert finding.rule == "friday"
        assert finding.citation is not None
        assert finding.citation.title == "An addition of Weighbridge"
        assert judge(Facts((), 0), load_policy(b"version: 1\nrules: {friday: off}\n", name="p")).findings == ()
    finally:
        sys.modules.pop("rules.checks.friday", None)
        _forget(caches)


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (NEW_RULE.replace("## Example\nAny.\n", ""), "needs a title and the sections"),
        (
            NEW_RULE.replace("check_change", "check_nothing"),
            "must define check_change alone, or check_artifact, check_past or both of these",
        ),
        (
            NEW_RULE + "\n\ncheck_artifact = check_past = check_change\n",
            "must define check_change alone, or check_artifact, check_past or both of these",
        ),
        (NEW_RULE.replace("SEVERITY =", "LEVEL ="), "must define SEVERITY"),
    ],
)
def test_a_rule_that_breaks_the_contract_is_named(broken: str, complaint: str) -> None:
    module = types.ModuleType("rules.checks.broken")
    exec(broken, module.__dict__)
    with pytest.raises(TypeError, match=f"rules.checks.broken.*{complaint}|{complaint}.*"):
        read_check(module)


def _forget(caches: tuple[object, ...]) -> None:
    for cache in caches:
        cache.cache_clear()  # type: ignore[attr-defined]
