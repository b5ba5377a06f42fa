"""`weighbridge policy test`: does the policy decide its examples as it says?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.cli.policy._loading import ORGANISATION, argument, named
from rules.policy_tests import run_tests


@click.command("test")
@argument("policy")
@ORGANISATION
def command(policy: str, organisation: Path | None) -> None:
    """Run the examples under `tests:` of a policy or a pack.

    Exit status: 0 all are as expected, 1 one is not or there is none.
    """
    results = run_tests(named(policy, organisation))
    failed = sum(bool(result.failures) for result in results)
    for result in results:
        where = f"{policy}:{result.line}: " if result.line else ""
        click.echo(f"{'FAILED' if result.failures else 'passed'}  {where}{result.name}")
        for failure in result.failures:
            click.echo(f"        {failure}")
    if not results:
        click.echo(f"{policy} has no examples. Write some under `tests:`, such as:")
        click.echo("  tests:\n    - name: MIT is fine\n      given: {license: MIT}\n      expect: {outcome: pass}")
        sys.exit(1)
    click.echo(f"{len(results) - failed} of {len(results)} examples are as expected.")
    sys.exit(1 if failed else 0)
