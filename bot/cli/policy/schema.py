"""`weighbridge policy schema`: what editors complete and check policies by."""

from __future__ import annotations

import json

import click

from rules.policy_schema import policy_schema


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of policy files.

    Editors with the YAML language server use it after a first line
    `# yaml-language-server: $schema=weighbridge.schema.json`.
    """
    click.echo(json.dumps(policy_schema(), indent=2))
