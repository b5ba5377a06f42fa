"""GraphQL over the world: one address for the forges that have it, each with its own part of a published schema.

`graphql-core` parses, validates and executes. A forge gives the schema, the values of its root fields (plain data, with
functions where a field takes arguments) and its way to say what went wrong.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from flask import Blueprint, Response, request
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    execute,
    parse,
    validate,
)

PREFIX = "/api/graphql"
"""GitLab's address, and that of GitHub Enterprise Server."""

Value: TypeAlias = Any
"""What stands in an answer: JSON, or a function of a field's arguments."""
Answering: TypeAlias = Callable[[DocumentNode, Mapping[str, Any]], Response]
"""A forge: it answers a document with its variables."""


def schema_of(package: str) -> GraphQLSchema:
    """The part of a forge's schema that lies beside its code."""
    return build_schema(importlib.resources.files(package).joinpath("schema.graphql").read_text("utf-8"))


def run(
    schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any], roots: Mapping[str, Value]
) -> ExecutionResult:
    """Carry a document out. What does not fit the schema gives errors and no data."""
    faults = validate(schema, document)
    if faults:
        return ExecutionResult(None, faults)
    result = execute(schema, document, root_value=dict(roots), variable_values=dict(variables))
    if not isinstance(result, ExecutionResult):
        raise TypeError("no field of the sandbox is asynchronous")
    return result


def cost(document: DocumentNode, of_field: Callable[[FieldNode, int], int]) -> int:
    """What a document costs: `of_field` prices a field, given the price of what stands below it."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}

    def of_selection(selection: SelectionSetNode | None) -> int:
        total = 0
        for one in selection.selections if selection is not None else ():
            if isinstance(one, FieldNode):
                total += of_field(one, of_selection(one.selection_set))
            elif isinstance(one, InlineFragmentNode):
                total += of_selection(one.selection_set)
            else:
                total += of_selection(fragments[one.name.value].selection_set)  # type: ignore[attr-defined]
        return total

    return sum(
        of_selection(one.selection_set) for one in document.definitions if isinstance(one, OperationDefinitionNode)
    )


def blueprint(github: Answering, gitlab: Answering) -> Blueprint:
    """The address that both share here, as they do on no real server: what is asked for tells them apart."""
    routes = Blueprint("graphql", __name__)

    @routes.post(PREFIX)
    def answer() -> Response:
        body = request.get_json(force=True, silent=True)
        asked = body if isinstance(body, dict) else {}
        variables: dict[str, Any] = asked["variables"] if isinstance(asked.get("variables"), dict) else {}
        try:
            document = parse(str(asked.get("query") or ""))
        except GraphQLSyntaxError:
            document = DocumentNode(definitions=())
        return (gitlab if _roots(document) & {"project", "currentUser"} else github)(document, variables)

    return routes


def _roots(document: DocumentNode) -> set[str]:
    return {
        field.name.value
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
        for field in definition.selection_set.selections
        if isinstance(field, FieldNode)
    }


def failure(message: str, **said: object) -> GraphQLError:
    """An error of one field, with what the forge says of it beside the message."""
    return GraphQLError(message, extensions=said)
