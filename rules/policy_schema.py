"""The JSON Schema of policy files, for editors: made from the models, with every rule, case and option by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rules.checks import Check, all_checks
from rules.packs import pack_names
from rules.policy_file import PolicyFile
from rules.policy_licenses import SELECTOR_WORDS

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def policy_schema() -> Mapping[str, Any]:
    """The schema as plain data. What it allows is what `load_policy` reads, but for names of licences and files."""
    schema = PolicyFile.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    entry = definitions["RuleEntry"]
    definitions |= {check.id: _rule(check, entry) for check in all_checks().values()}
    definitions.update(_options_definitions())
    rules = {
        "type": "object",
        "additionalProperties": False,
        "properties": {rule: {"$ref": f"#/$defs/{rule}"} for rule in all_checks()},
    }
    for body in (schema, definitions["ScopeEntry"]):
        body["properties"]["rules"] = rules | {"description": "Severity and options of each rule."}
    schema["properties"]["extends"]["examples"] = list(pack_names())
    definitions["LicensesEntry"]["properties"]["accept"]["examples"] = [sorted(SELECTOR_WORDS)]
    return {"$schema": SCHEMA_DIALECT, "title": "Weighbridge policy", **_without_titles(schema)}


def _rule(check: Check, entry: Mapping[str, Any]) -> dict[str, Any]:
    properties = dict(entry["properties"])
    severity = {key: value for key, value in properties["severity"].items() if key != "default"}
    properties["options"] = {"$ref": f"#/$defs/{check.id}-options"}
    properties["cases"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {case: severity | {"description": meaning} for case, meaning in check.cases.items()},
    }
    words = {"enum": [*_severities(), False]}
    return {
        "description": f"{check.title}.",
        "anyOf": [words, {"type": "object", "additionalProperties": False, "properties": properties}],
    }


def _severities() -> Iterator[str]:
    yield from ("off", "info", "warning", "blocking")


def _options_definitions() -> dict[str, Any]:
    definitions: dict[str, Any] = {}
    for check in all_checks().values():
        schema = check.options.model_json_schema(by_alias=True)
        definitions |= schema.pop("$defs", {})
        definitions[f"{check.id}-options"] = schema
    return definitions


def _without_titles(value: Any) -> Any:
    """Without the names of our classes, which tell an editor's user nothing."""
    if isinstance(value, dict):
        return {
            key: _without_titles(item) for key, item in value.items() if not (key == "title" and isinstance(item, str))
        }
    return [_without_titles(item) for item in value] if isinstance(value, list) else value
