"""A guideline is tested like code: the examples that a policy carries, and the schema that editors get."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from rules.packs import pack_names, read_pack
from rules.policy import load_policy, pack_policy
from rules.policy_schema import policy_schema
from rules.policy_tests import ExampleResult, run_tests


def _results(tests: str) -> tuple[ExampleResult, ...]:
    return run_tests(load_policy(f"version: 1\ntests:\n{tests}".encode(), name=".weighbridge.yml"))


def test_an_example_passes_where_the_policy_decides_as_it_says() -> None:
    (result,) = _results(
        "  - name: Llama is not free\n"
        "    given: {path: chat.gguf, format: gguf, in: git-lfs, license: llama3.1}\n"
        "    expect: {outcome: blocked, includes: {license-not-accepted: blocking, not-in-lfs: off}}\n"
    )
    assert result == ExampleResult("Llama is not free", 3, ())


def test_an_example_that_fails_says_what_was_found_instead() -> None:
    (result,) = _results("  - {name: bare, given: {path: a.pt}, expect: {outcome: pass, findings: {}}}\n")
    assert result.failures[0] == "The outcome is blocked, expected was pass: license-missing (blocking)."
    assert "license-missing speaks (blocking), expected was silence." in result.failures


def test_a_misspelt_fact_fails_the_example_with_the_nearest_word() -> None:
    (result,) = _results("  - {name: typo, given: {licence: MIT}, expect: {outcome: pass}}\n")
    assert "`licence` is no known key. Did you mean `license`?" in result.failures[0]


def test_several_artifacts_and_facts_of_the_change_can_be_given() -> None:
    (result,) = _results(
        "  - name: two\n"
        "    given: [{path: a.pt, license: MIT}, {path: b.pt, license: {says: Apache-2.0, at: sidecar}}]\n"
        "    change: {author: mia, approvals: [noor], today: 2026-11-25, growth: {git: 1 GiB}}\n"
        "    expect: {outcome: pass}\n"
    )
    assert result.failures == ()


@pytest.mark.parametrize("pack", pack_names())
def test_every_pack_passes_its_own_examples(pack: str) -> None:
    for result in run_tests(pack_policy(pack)):
        assert result.failures == (), f"pack {pack}: {result.name}"


def _errors(document: object) -> list[str]:
    validator = jsonschema.Draft202012Validator(policy_schema())
    return [error.json_path for error in validator.iter_errors(document)]


def test_the_schema_is_one_and_takes_what_the_reader_takes() -> None:
    jsonschema.Draft202012Validator.check_schema(policy_schema())
    document = yaml.safe_load(
        """
        version: 1
        extends: guix
        ignore: [tests/**]
        licenses: {accept: [fsf-free], review: [OpenMDW-1.0]}
        rules:
          not-in-lfs: off
          artifact-too-large: {severity: warning, options: {git: 20 MiB, lfs: off}}
        scopes: [{paths: tests/**, status: added, rules: {license-missing: info}}]
        waivers: [{rule: license-missing, path: a, reason: they were asked, until: '2027-01-01'}]
        """
    )
    assert _errors(document) == []
    assert load_policy(yaml.safe_dump(document).encode(), name="p").ignored == ("tests/**",)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"version": 1, "rulez": {}},
        {"version": 1, "rules": {"nope": "off"}},
        {"version": 1, "rules": {"not-in-lfs": "loud"}},
        {"version": 1, "rules": {"artifact-too-large": {"options": {"gti": 1}}}},
        {"version": 1, "rules": {"executes-code-on-load": {"cases": {"nope": "off"}}}},
        {"version": 1, "scopes": [{"path": "a"}]},
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(document: object) -> None:
    assert _errors(document) != []


@pytest.mark.parametrize("pack", pack_names())
def test_every_pack_keeps_to_the_schema_but_for_its_header(pack: str) -> None:
    document = json.loads(json.dumps(yaml.safe_load(read_pack(pack)), default=str))
    document.pop("pack")
    for body in (document, *document.get("scopes", [])):
        for entry in body.get("rules", {}).values():
            if isinstance(entry, dict):
                entry.pop("criterion", None)
    assert _errors(document) == []
